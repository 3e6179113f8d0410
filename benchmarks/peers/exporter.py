"""Serves made-up measurements in the text format that Prometheus scrapes.

`GET /500` answers with 500 series: a fourth each power, energy, voltage and current of one device, as
the program `writes` makes them. The first line of output is the port.
"""

import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

levels = {}


def answer(count):
    lines = []
    for number in range(count):
        device, which = divmod(number, 4)
        name = ("power", "energy", "voltage", "current")[which]
        old = levels.get(number, (10_000, 1_000_000, 2_300, 400)[which])
        new = old + random.randint(0, 60) if name == "energy" else max(
            0, old + random.randint(-8, 8))
        levels[number] = new
        text = str(new) if name == "energy" else f"{new / (100 if name == 'current' else 10)}"
        lines.append(f'{name}{{device="meter-{device}"}} {text}\n')
    return "".join(lines).encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = answer(int(self.path.strip("/")))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
