// libmosquitto as Swift sees it: the library's own headers and nothing else.
#pragma once
#include <mosquitto.h>
#include <mqtt_protocol.h>
