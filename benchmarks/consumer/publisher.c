// The load of the end-to-end benchmark: N QoS 1 messages of 60 bytes, spread over the topics of D
// devices in turn, as fast as the broker acknowledges them or at a fixed rate. Message k is the
// same in every run. When all are acknowledged it prints one line of JSON.

#include <getopt.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "measure.h"

enum {
    PAYLOAD_SIZE = 60,
    // Messages sent between two looks at what the broker has acknowledged.
    BURST = 64,
    IDLE_MILLISECONDS = 1000,
    KEEPALIVE_SECONDS = 300,
};

struct options {
    const char *host, *client_id, *topic_format;
    int port;
    long count, devices, window;
    long rate;  // messages a second; 0: as fast as possible
};

struct publisher {
    const struct options *options;
    bool is_connected;
    long sent, acknowledged;
};

static void on_connect(struct mosquitto *m, void *context, int reason, int flags,
                       const mosquitto_property *properties) {
    struct publisher *self = context;
    (void)m;
    (void)flags;
    (void)properties;
    if (reason != 0)
        fail(EX_UNAVAILABLE, "the broker refused: %s", mosquitto_reason_string(reason));
    self->is_connected = true;
}

static void on_publish(struct mosquitto *m, void *context, int id, int reason,
                       const mosquitto_property *properties) {
    struct publisher *self = context;
    (void)m;
    (void)id;
    (void)properties;
    // Below 128 are successes; 16 among them says that nobody subscribes.
    if (reason >= 128)
        fail(EX_UNAVAILABLE, "the broker refused a message: %s", mosquitto_reason_string(reason));
    self->acknowledged += 1;
}

/// The topics of all devices: `format` with the device's number in place of its "%d".
static char **make_topics(const char *format, long devices) {
    const char *place = strstr(format, "%d");
    if (place == NULL) fail(EX_USAGE, "--topic-format \"%s\" has no %%d", format);
    char **topics = calloc((size_t)devices, sizeof *topics);
    if (topics == NULL) fail(EX_OSERR, "cannot keep %ld topics", devices);
    for (long device = 0; device < devices; device += 1) {
        if (asprintf(&topics[device], "%.*s%ld%s", (int)(place - format), format, device,
                     place + 2) < 0)
            fail(EX_OSERR, "cannot keep %ld topics", devices);
    }
    return topics;
}

/// Payload of message `index`: digits vary, the counter of each device rises, the size is fixed.
static void make_payload(char payload[PAYLOAD_SIZE + 1], long index, long devices) {
    // A multiplicative hash: neighbouring messages get unlike digits.
    uint64_t mixed = ((uint64_t)index + 1) * 0x9E3779B97F4A7C15u;
    unsigned power = 10000 + (unsigned)(mixed >> 16) % 90000;
    unsigned voltage = 2200 + (unsigned)(mixed >> 32) % 200;
    unsigned current = 100 + (unsigned)(mixed >> 44) % 900;
    unsigned energy = 100000000 + (unsigned)(index / devices) % 900000000;
    int size = snprintf(payload, PAYLOAD_SIZE + 1,
                        "{\"power\":%u.%u,\"energy\":%u,\"voltage\":%u.%u,\"i\":%u.%02u}",
                        power / 10, power % 10, energy, voltage / 10, voltage % 10, current / 100,
                        current % 100);
    if (size != PAYLOAD_SIZE)
        fail(EX_SOFTWARE, "a payload has %d bytes, not %d", size, PAYLOAD_SIZE);
}

/// Publishes what window and rate allow, at most a burst. Returns how many.
static long publish_burst(struct mosquitto *m, struct publisher *self, char **topics,
                          double elapsed) {
    const struct options *options = self->options;
    long until = options->count;
    if (options->rate > 0 && elapsed * (double)options->rate < (double)until)
        until = (long)(elapsed * (double)options->rate);
    if (until > self->acknowledged + options->window)
        until = self->acknowledged + options->window;
    if (until > self->sent + BURST) until = self->sent + BURST;
    long before = self->sent;
    while (self->sent < until) {
        char payload[PAYLOAD_SIZE + 1];
        make_payload(payload, self->sent, options->devices);
        check(mosquitto_publish_v5(m, NULL, topics[self->sent % options->devices], PAYLOAD_SIZE,
                                   payload, 1, false, NULL),
              "publish");
        self->sent += 1;
    }
    return self->sent - before;
}

/// Reads all acknowledgements that have arrived. Returns how many.
static long read_acknowledgements(struct mosquitto *m, struct publisher *self) {
    long start = self->acknowledged, before;
    do {
        before = self->acknowledged;
        check(mosquitto_loop_read(m, 1), "read");
    } while (self->acknowledged > before);
    return self->acknowledged - start;
}

/// Waits until the socket can be read or, where something is queued, written.
static void wait_and_write(struct mosquitto *m, int timeout_milliseconds) {
    struct pollfd socket = {.fd = mosquitto_socket(m), .events = POLLIN};
    if (mosquitto_want_write(m)) socket.events |= POLLOUT;
    if (poll(&socket, 1, timeout_milliseconds) > 0 && (socket.revents & POLLOUT))
        check(mosquitto_loop_write(m, 1), "write");
    check(mosquitto_loop_misc(m), "keep the connection alive");
}

static struct options read_options(int argc, char **argv) {
    static const struct option known[] = {
        {"host", required_argument, NULL, 'h'},  {"port", required_argument, NULL, 'p'},
        {"client-id", required_argument, NULL, 'i'},
        {"topic-format", required_argument, NULL, 't'},
        {"devices", required_argument, NULL, 'd'}, {"count", required_argument, NULL, 'c'},
        {"rate", required_argument, NULL, 'r'},  {"window", required_argument, NULL, 'w'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {
        .host = "127.0.0.1", .client_id = "bench-publisher", .topic_format = "bench/%d/state",
        .port = 1883, .count = 100000, .devices = 1000, .window = 10000,
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
            case 'h': options.host = optarg; break;
            case 'p': options.port = (int)number_argument("port", optarg, 1, 65535); break;
            case 'i': options.client_id = optarg; break;
            case 't': options.topic_format = optarg; break;
            case 'd': options.devices = number_argument("devices", optarg, 1, 1000000); break;
            case 'c': options.count = number_argument("count", optarg, 1, LONG_MAX / 2); break;
            case 'r': options.rate = number_argument("rate", optarg, 0, 10000000); break;
            case 'w': options.window = number_argument("window", optarg, 1, 60000); break;
            default: exit(EX_USAGE);
        }
    }
    if (optind < argc) fail(EX_USAGE, "unexpected argument \"%s\"", argv[optind]);
    return options;
}

int main(int argc, char **argv) {
    struct options options = read_options(argc, argv);
    struct publisher self = {.options = &options};
    char **topics = make_topics(options.topic_format, options.devices);

    mosquitto_lib_init();
    struct mosquitto *m = mosquitto_new(options.client_id, true, &self);
    if (m == NULL) fail(EX_OSERR, "cannot make a client: %s", strerror(errno));
    check(mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5), "choose MQTT v5");
    // Without this libmosquitto keeps all but 20 messages back.
    check(mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, (int)options.window),
          "set the send maximum");
    mosquitto_connect_v5_callback_set(m, on_connect);
    mosquitto_publish_v5_callback_set(m, on_publish);
    check(mosquitto_connect_bind_v5(m, options.host, options.port, KEEPALIVE_SECONDS, NULL, NULL),
          "connect");
    while (!self.is_connected) {
        wait_and_write(m, IDLE_MILLISECONDS);
        check(mosquitto_loop_read(m, 1), "read");
    }

    double start = monotonic_seconds(), cpu_at_start = cpu_seconds();
    while (self.acknowledged < options.count) {
        long published = publish_burst(m, &self, topics, monotonic_seconds() - start);
        long acknowledged = read_acknowledgements(m, &self);
        bool rate_waits = options.rate > 0 && self.sent < options.count;
        if (published == 0 && acknowledged == 0)
            wait_and_write(m, rate_waits ? 1 : IDLE_MILLISECONDS);
    }
    double seconds = monotonic_seconds() - start;
    printf("{\"messages\":%ld,\"seconds\":%.6f,\"messages_per_second\":%.0f,"
           "\"cpu_microseconds_per_message\":%.3f}\n",
           options.count, seconds, (double)options.count / seconds,
           (cpu_seconds() - cpu_at_start) * 1e6 / (double)options.count);

    mosquitto_disconnect_v5(m, 0, NULL);
    mosquitto_destroy(m);
    mosquitto_lib_cleanup();
    for (long device = 0; device < options.devices; device += 1) free(topics[device]);
    free(topics);
    return 0;
}
