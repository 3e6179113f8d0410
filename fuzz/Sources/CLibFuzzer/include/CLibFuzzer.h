// What libFuzzer offers to a mutator of our own.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Changes bytes in place as libFuzzer does without such a mutator; gives the new size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t sizeMax);
