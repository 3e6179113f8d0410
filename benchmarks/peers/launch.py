"""Runs a command and says what it used: `launch.py DESCRIPTOR COMMAND…` writes JSON there.

A process of its own, since the kernel's peak of a child begins with that of the one that forked
it: this one is small. Written bytes are read between the command's end and its burial.
"""

import json
import os
import sys
import time

descriptor, command = int(sys.argv[1]), sys.argv[2:]
begin = time.monotonic()
child = os.fork()
if child == 0:
    os.close(descriptor)
    os.execvp(command[0], command)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
seconds = time.monotonic() - begin
with open(f"/proc/{child}/io") as file:
    written = int(dict(line.split(":") for line in file)["write_bytes"])
_, status, usage = os.wait4(child, 0)
os.write(descriptor, json.dumps([seconds, written, usage.ru_maxrss * 1024]).encode())
sys.exit(os.waitstatus_to_exitcode(status) % 256)
