import Foundation
import Gateway
import QueryAPI
import Telemetry

/// The status of a gateway for people, in forty columns.
struct StatusLines {
    private(set) var lines: [(title: String, text: String)] = []

    /// - Parameter zone: of the times.
    init(_ status: GatewayStatus, zone: CivilZone) {
        addTraffic(status)
        if status.commit > 0 {
            add(say("last commit", "dernier enreg."), wallClockText(status.commitTime, zone: zone))
        }
        add(
            say("commit interval", "intervalle"),
            seconds(status.commitIntervalMilliseconds)
                + (status.writeBudgetBytes == nil ? say(", fixed", ", fixe") : ""))
        if let budget = status.writeBudgetBytes, let written = status.writtenTodayBytes {
            let all = grouped(String(budget / 1_000_000))
            add(
                say("written today", "écrit ce jour"),
                megabytes(written) + say(" of \(all)", " sur \(all)")
                    + (status.budgetUsedUp ? say(", used up", ", épuisé") : ""))
        }
        if let count = status.waitingWindows {
            add(say("windows waiting", "à compacter"), grouped(String(count)))
        }
        add(
            say("memory", "mémoire"),
            megabytes(status.memoryBytes) + ", max " + megabytes(status.memoryPeakBytes))
        if let free = status.diskFreeBytes {
            add(say("disk free", "disque libre"), megabytes(free))
        }
    }

    private mutating func addTraffic(_ status: GatewayStatus) {
        add(
            say("gateway", "passerelle"),
            say("process", "processus") + " \(status.process), " + uptime(status.uptimeSeconds))
        add(
            say("broker", "courtier"),
            status.connected ? say("connected", "connecté") : say("away", "injoignable"))
        if !status.clockSet { add(say("clock", "horloge"), say("not set", "pas à l'heure")) }
        add(say("messages", "messages"), rate(status.messagesPerSecond, of: status.messages))
        add(say("readings", "relevés"), rate(status.readingsPerSecond, of: status.readings))
        add(say("lag", "retard"), seconds(status.lagMilliseconds))
    }

    private mutating func add(_ title: String, _ text: String) { lines.append((title, text)) }

    private func rate(_ perSecond: Double, of count: Int) -> String {
        readable((perSecond * 100).rounded() / 100) + "/s, "
            + say("\(grouped(String(count))) in all", "\(grouped(String(count))) en tout")
    }

    private func seconds(_ milliseconds: Int64) -> String {
        grouped(String(format: "%.1f", Double(milliseconds) / 1_000)) + " s"
    }

    private func megabytes(_ bytes: Int64) -> String {
        let megabytes = Double(bytes) / 1_000_000
        return grouped(String(format: megabytes < 100 ? "%.1f" : "%.0f", megabytes))
            + say(" MB", " Mo")
    }

    /// In its largest unit, rounded down.
    private func uptime(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: say("\(seconds / 86_400) d", "\(seconds / 86_400) j")
        }
    }
}
