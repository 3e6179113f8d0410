import MessageRing

/// A session whose machine does not know the time yet.
extension SessionLoop {
    /// Whether the wall clock was found to be set.
    public var isClockSet: Bool { clock.isSet }

    /// Milliseconds between two looks at a clock that is not set.
    private static let lookInterval: Int64 = 1_000

    /// Once the clock is set, says so behind the messages that had no time, and goes on by it.
    ///
    /// - Parameter now: by the monotonic clock.
    func lookAtClock(_ now: Int64) {
        nextLook = now + Self.lookInterval
        let wall = time.wall
        var looked = clock
        looked.look(wall: wall, uptime: now, isSynchronised: time.isSynchronised)
        if looked.isSet {
            let start = wall - now
            let header = MessageHeader(
                arrival: start, packetID: 0, flags: [.control, .clockSet], originalSize: 0)
            // Without room in the ring another time: the next messages have no time either.
            guard announce(header) else { return }
            arrivals = ArrivalClock(
                after: newestArrival - 1, start: start, uptime: arrivals.newest)
            committer.messagesArrived()
        }
        clock = looked
    }
}
