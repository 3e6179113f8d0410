// The bare consumer that the end-to-end benchmark compares Socle with: libmosquitto, a message
// callback that counts, and nothing else. It shows what receiving costs before anything is done
// with a message, on the same machine, broker and library.
//
// It receives as Socle does: MQTT v5, a session that outlives the connection, RECEIVE_MAXIMUM
// 16,384, one QoS 1 subscription, and a loop of its own around `poll` and `mosquitto_loop_read`.
// `mosquitto_threaded_set(m, true)` makes libmosquitto leave PUBACKs in its queue until
// `mosquitto_loop_write`, so when they leave is decided here:
//
//     --ack batch:N    after N messages, or when the socket has been quiet for 5 ms
//     --ack at-once    after each call of mosquitto_loop_read
//
// `--register` only makes the session and its subscription and leaves, so that a publisher can
// fill the queue first. At the end (after `--count` messages, or on SIGINT or SIGTERM) it prints
// one line of JSON. Its seconds run from the first message to the last, its CPU time from the
// first message until the last acknowledgement is written.
//
// Then it waits until the broker has worked through the acknowledgements: an UNSUBSCRIBE of a
// filter that nobody has, queued behind them, is answered after them. A broker that is behind
// forgets those it has not read when the same client connects anew, and the next run would begin
// with messages of this one.

#include <getopt.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>

#include "measure.h"

enum {
    QUIET_MILLISECONDS = 5,
    IDLE_MILLISECONDS = 1000,
    KEEPALIVE_SECONDS = 300,
    SESSION_EXPIRY_SECONDS = 24 * 3600,
    RECEIVE_MAXIMUM = 16384,
};

struct options {
    const char *host, *client_id, *topic;
    int port;
    long count;      // 0: until a signal comes
    long ack_batch;  // 1: at once
    bool only_register;
};

struct consumer {
    const struct options *options;
    long messages;
    long unacknowledged;   // messages since the queue was last flushed
    bool flush_is_due;     // something other than a PUBACK waits in the queue
    bool is_subscribed;
    bool is_settled;       // the broker has processed every acknowledgement
    double first_at, last_at, cpu_at_first;
};

static volatile sig_atomic_t stop_requested;

static void on_signal(int number) {
    (void)number;
    stop_requested = 1;
}

static void on_connect(struct mosquitto *m, void *context, int reason, int flags,
                       const mosquitto_property *properties) {
    struct consumer *self = context;
    (void)flags;
    (void)properties;
    if (reason != 0)
        fail(EX_UNAVAILABLE, "the broker refused: %s", mosquitto_reason_string(reason));
    check(mosquitto_subscribe_v5(m, NULL, self->options->topic, 1, MQTT_SUB_OPT_SEND_RETAIN_NEVER,
                                 NULL),
          "subscribe");
    self->flush_is_due = true;
}

static void on_subscribe(struct mosquitto *m, void *context, int id, int count, const int *granted,
                         const mosquitto_property *properties) {
    struct consumer *self = context;
    (void)m;
    (void)id;
    (void)properties;
    if (count != 1 || granted[0] != 1)
        fail(EX_UNAVAILABLE, "the broker did not grant QoS 1 on \"%s\"", self->options->topic);
    self->is_subscribed = true;
}

static void on_unsubscribe(struct mosquitto *m, void *context, int id,
                           const mosquitto_property *properties) {
    struct consumer *self = context;
    (void)m;
    (void)id;
    (void)properties;
    self->is_settled = true;
}

static void on_message(struct mosquitto *m, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties) {
    struct consumer *self = context;
    (void)m;
    (void)message;
    (void)properties;
    if (self->messages == 0) {
        self->cpu_at_first = cpu_seconds();
        self->first_at = monotonic_seconds();
    }
    self->messages += 1;
    self->unacknowledged += 1;
    // The clock is read once a run, not once a message.
    if (self->messages == self->options->count) self->last_at = monotonic_seconds();
}

/// Writes everything that is queued, waiting where the socket is full.
static void flush(struct mosquitto *m, struct consumer *self) {
    while (mosquitto_want_write(m)) {
        check(mosquitto_loop_write(m, 1), "write");
        if (!mosquitto_want_write(m)) break;
        struct pollfd socket = {.fd = mosquitto_socket(m), .events = POLLOUT};
        poll(&socket, 1, IDLE_MILLISECONDS);
    }
    self->unacknowledged = 0;
    self->flush_is_due = false;
}

/// Whether there is nothing left to wait for.
static bool is_finished(const struct consumer *self) {
    if (stop_requested) return true;
    if (self->options->only_register) return self->is_subscribed;
    return self->options->count > 0 && self->messages >= self->options->count;
}

/// Reads and acknowledges until the run is finished.
static void run(struct mosquitto *m, struct consumer *self) {
    double misc_at = monotonic_seconds();
    while (!is_finished(self)) {
        if (self->flush_is_due || self->unacknowledged >= self->options->ack_batch) flush(m, self);

        struct pollfd socket = {.fd = mosquitto_socket(m), .events = POLLIN};
        bool quiet_matters = self->unacknowledged > 0;
        int ready = poll(&socket, 1, quiet_matters ? QUIET_MILLISECONDS : IDLE_MILLISECONDS);
        if (ready == 0 && quiet_matters) {
            flush(m, self);
        }
        if (ready > 0) {
            // One call reads about one packet; as long as messages come there is no need to poll.
            long before;
            do {
                before = self->messages;
                check(mosquitto_loop_read(m, 1), "read");
            } while (self->messages > before && !is_finished(self) && !self->flush_is_due &&
                     self->unacknowledged < self->options->ack_batch);
        }
        double now = monotonic_seconds();
        if (now - misc_at >= 1) {
            misc_at = now;
            check(mosquitto_loop_misc(m), "keep the connection alive");
        }
    }
    // Without a count, the time of the signal stands for that of the last message.
    if (self->messages != self->options->count) self->last_at = monotonic_seconds();
    flush(m, self);
}

/// Waits until the broker has processed what was acknowledged.
static void settle(struct mosquitto *m, struct consumer *self) {
    check(mosquitto_unsubscribe_v5(m, NULL, "consumer/nobody/subscribes/to/this", NULL), "settle");
    while (!self->is_settled) {
        flush(m, self);
        struct pollfd socket = {.fd = mosquitto_socket(m), .events = POLLIN};
        poll(&socket, 1, IDLE_MILLISECONDS);
        check(mosquitto_loop_read(m, 1), "read");
        check(mosquitto_loop_misc(m), "keep the connection alive");
    }
}

static void print_results(const struct consumer *self) {
    double cpu = self->messages > 0 ? cpu_seconds() - self->cpu_at_first : 0;
    double seconds = self->messages > 0 ? self->last_at - self->first_at : 0;
    printf("{\"messages\":%ld,\"seconds\":%.6f,\"messages_per_second\":%.0f,"
           "\"cpu_microseconds_per_message\":%.3f,\"max_rss_kilobytes\":%ld}\n",
           self->messages, seconds, seconds > 0 ? (double)self->messages / seconds : 0,
           self->messages > 0 ? cpu * 1e6 / (double)self->messages : 0, max_rss_kilobytes());
}

static long ack_argument(const char *text) {
    if (strcmp(text, "at-once") == 0) return 1;
    if (strncmp(text, "batch:", 6) == 0)
        return number_argument("ack batch:", text + 6, 1, RECEIVE_MAXIMUM);
    fail(EX_USAGE, "--ack takes \"at-once\" or \"batch:N\", not \"%s\"", text);
}

static struct options read_options(int argc, char **argv) {
    static const struct option known[] = {
        {"host", required_argument, NULL, 'h'},  {"port", required_argument, NULL, 'p'},
        {"client-id", required_argument, NULL, 'i'}, {"topic", required_argument, NULL, 't'},
        {"count", required_argument, NULL, 'c'}, {"ack", required_argument, NULL, 'a'},
        {"register", no_argument, NULL, 'r'},    {NULL, 0, NULL, 0},
    };
    struct options options = {
        .host = "127.0.0.1", .client_id = "bench-consumer", .topic = "bench/#", .port = 1883,
        .ack_batch = RECEIVE_MAXIMUM / 2,
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
            case 'h': options.host = optarg; break;
            case 'p': options.port = (int)number_argument("port", optarg, 1, 65535); break;
            case 'i': options.client_id = optarg; break;
            case 't': options.topic = optarg; break;
            case 'c': options.count = number_argument("count", optarg, 1, LONG_MAX); break;
            case 'a': options.ack_batch = ack_argument(optarg); break;
            case 'r': options.only_register = true; break;
            default: exit(EX_USAGE);
        }
    }
    if (optind < argc) fail(EX_USAGE, "unexpected argument \"%s\"", argv[optind]);
    return options;
}

int main(int argc, char **argv) {
    struct options options = read_options(argc, argv);
    struct consumer self = {.options = &options, .flush_is_due = true};
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    mosquitto_lib_init();
    struct mosquitto *m = mosquitto_new(options.client_id, false, &self);
    if (m == NULL) fail(EX_OSERR, "cannot make a client: %s", strerror(errno));
    check(mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5), "choose MQTT v5");
    check(mosquitto_int_option(m, MOSQ_OPT_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM),
          "set the receive maximum");
    check(mosquitto_threaded_set(m, true), "queue acknowledgements");
    mosquitto_connect_v5_callback_set(m, on_connect);
    mosquitto_subscribe_v5_callback_set(m, on_subscribe);
    mosquitto_unsubscribe_v5_callback_set(m, on_unsubscribe);
    mosquitto_message_v5_callback_set(m, on_message);

    mosquitto_property *properties = NULL;
    check(mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
                                       SESSION_EXPIRY_SECONDS),
          "set the session expiry");
    check(mosquitto_connect_bind_v5(m, options.host, options.port, KEEPALIVE_SECONDS, NULL,
                                    properties),
          "connect");
    mosquitto_property_free_all(&properties);

    run(m, &self);
    if (!options.only_register) print_results(&self);
    fflush(stdout);
    settle(m, &self);
    mosquitto_disconnect_v5(m, 0, NULL);
    flush(m, &self);
    mosquitto_destroy(m);
    mosquitto_lib_cleanup();
    return 0;
}
