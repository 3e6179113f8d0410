/// How one kill comes about, and under which load.
struct CrashChoice: CustomStringConvertible {
    enum Blow {
        /// At the entry of a call, the how many-th of its thread since strace holds the gateway.
        case call(String, Int, on: Place)
        /// So many milliseconds after the gateway has subscribed.
        case delay(Int)
    }

    /// Which calls count.
    enum Place {
        /// All, from the gateway's start.
        case anywhere
        /// Those on the store's write-ahead log, from the gateway's start.
        case logFromStart
        /// Those on the store's write-ahead log, once the gateway has subscribed.
        case log
        /// Those on the connection to the broker.
        case connection
    }

    let blow: Blow
    /// Messages between two pauses of the publisher.
    let burst: Int
    /// Messages after which they only trickle.
    var most = 3_000

    var description: String {
        switch blow {
        case .call(let name, let number, let place): "\(name) \(number) (\(place)), burst \(burst)"
        case .delay(let milliseconds): "\(milliseconds) ms, burst \(burst)"
        }
    }

    init(_ moment: CrashMoment, _ generator: inout SeededGenerator) {
        func upTo(_ most: Int) -> Int { .random(in: 1...most, using: &generator) }
        switch moment {
        case .receiving:
            // Four reads a message, from the start on, so that redelivered ones are among them.
            self.init(.call("read", 20 + upTo(12_000), on: .anywhere), burst: upTo(60))
        case .committing:
            // Commits, and settling where the gateway is new and has not yet looked for it.
            self.init(.call("pwrite64", upTo(40), on: .log), burst: upTo(60))
        case .syncing:
            self.init(.call("fdatasync", upTo(2), on: .log), burst: upTo(60))
        case .acknowledging:
            self.init(.call("write", 1, on: .connection), burst: upTo(60))
        case .unread:
            // More than a traced gateway reads: the kernel resets the connection of a process that
            // ends with bytes unread, and the broker loses acknowledgements that were written.
            self.init(.call("write", 1 + upTo(1_500), on: .connection), burst: 500, most: 10_000)
        case .settling:
            // The thread that starts the gateway makes five of them. The thread that settles does
            // that before it commits, and makes fifty for what `makeWindowsDue` leaves.
            self.init(.call("pwrite64", 7 + upTo(44), on: .logFromStart), burst: upTo(20))
        case .anyTime:
            self.init(.delay(upTo(2_000)), burst: upTo(60))
        case .anyTimeUnread:
            self.init(.delay(upTo(2_000)), burst: 1_000, most: 20_000)
        case .anyKind, .compacting, .migrating, .brokerGone, .brokerRestarted:
            let kinds = CrashMoment.kinds
            self.init(kinds[upTo(kinds.count) - 1], &generator)
        }
    }

    private init(_ blow: Blow, burst: Int, most: Int = 3_000) {
        self.blow = blow
        self.burst = burst
        self.most = most
    }
}
