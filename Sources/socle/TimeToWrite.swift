import Gateway
import MQTTSession
import SeriesStore
import StoredSeries
import Telemetry

extension StoreOptions {
    /// Now, for a command that writes: what it stores cannot be put right once the clock is.
    ///
    /// A clock that cannot be right is refused, by the rule of the gateway, and nothing is changed;
    /// but a configuration may say that it is trusted.
    ///
    /// - Parameter path: of the store, which need not be there yet.
    func timeToWrite(path: String) throws -> Int64 {
        let now = clockMilliseconds()
        let newest = try newestCommit(path: path)
        if ClockTrust.isPlausible(now, newestCommitTime: newest?.time ?? 0) { return now }
        if configuration.path != nil, try configuration.load().clock == .trusted { return now }
        let zone = newest?.zone ?? .paris
        let shown = wallClockText(now, zone: zone)
        guard let newest, newest.time > now else {
            throw Failure(
                .unavailable,
                say(
                    "the clock shows \(shown), which cannot be: set it or let NTP through; "
                        + "nothing was changed",
                    "l'horloge indique \(shown), ce qui ne se peut : mettez-la à l'heure ou "
                        + "laissez passer NTP ; rien n'a été modifié"))
        }
        let commit = wallClockText(newest.time, zone: zone)
        throw Failure(
            .unavailable,
            say(
                "the clock shows \(shown), before the newest commit of the store, \(commit): set "
                    + "it, or write 'clock: trusted' in the configuration if it is right; "
                    + "nothing was changed",
                "l'horloge indique \(shown), avant le dernier enregistrement de la base, "
                    + "\(commit) : mettez-la à l'heure, ou écrivez « clock: trusted » dans la "
                    + "configuration si elle est juste ; rien n'a été modifié"))
    }

    private func newestCommit(path: String) throws -> (time: Int64, zone: CivilZone)? {
        do {
            return try StoreReader(path: path).snapshot { snapshot in
                try snapshot.newestCommitTime().map { ($0, snapshot.zone) }
            }
        } catch StoreError.missing, StoreError.notAStore {
            return nil
        }
    }
}
