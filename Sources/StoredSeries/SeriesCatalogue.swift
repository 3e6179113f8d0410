import Telemetry
import Windows

/// The numbers of series and devices: what the file knows, and what the next commit adds to it.
public struct SeriesCatalogue: Sendable {
    /// One series of the file.
    public struct Entry: Sendable {
        public var descriptor: SeriesDescriptor
        public var device: DeviceID
        /// The meters that were exchanged behind it, in order of time.
        public package(set) var replacements: [MeterReplacement] = []
        /// Whether its tiers follow all of them.
        package var hasDerivedTiers = true
        /// The checksum of its row in the file, where that is damaged.
        package var damagedSum: Int64?

        package init(descriptor: SeriesDescriptor, device: DeviceID) {
            self.descriptor = descriptor
            self.device = device
        }

        /// How its windows are joined and read. Windows are settled by the descriptor's rule, which
        /// knows of no replacement: what they hold is what the readings said.
        public var rule: WindowRule {
            WindowRule(
                descriptor.kind, modulus: descriptor.modulus, replacements: replacements)
        }
    }

    package init() {}

    /// By series number: numbers are dense. Those that were not asked for are empty.
    public package(set) var entries: [Entry] = []
    /// The series that were read: all, or those that were asked for and maybe some others.
    public private(set) var known: [SeriesID] = []
    /// By device number; 0 is what no profile names.
    public private(set) var devices: [String] = [SeriesCatalogue.unknownDevice]
    /// By sequence number: whose numbering it is.
    package private(set) var sequences: [SequenceKey] = []
    /// Series whose row in the file is damaged.
    package private(set) var damaged: Set<SeriesID> = []
    private var sequencesByKey: [SequenceKey: SequenceID] = [:]
    private var seriesByKey: [SeriesKey: SeriesID] = [:]
    private var devicesByName: [String: DeviceID] = [SeriesCatalogue.unknownDevice: 0]
    /// How many of each are in the file already.
    package var committedSeriesCount = 0
    package var committedDeviceCount = 0
    package var committedSequenceCount = 0
    /// Series whose row in the file says something else now.
    package var changed: Set<SeriesID> = []

    /// The name under which the ledger counts topics that no profile names.
    public static let unknownDevice = "(unknown)"

    /// The number of a series, nil where there is none.
    public func series(_ key: SeriesKey) -> SeriesID? { seriesByKey[key] }

    /// The name of a device, or its number where nobody read or can read that.
    public func deviceName(_ id: DeviceID) -> String {
        devices.indices.contains(Int(id)) ? devices[Int(id)] : "#\(id)"
    }

    /// The number of a device, given now if it is new.
    public mutating func intern(device name: String) -> DeviceID {
        devicesByName[name] ?? append(device: name)
    }

    /// Gives a device the next number. A damaged name may be that of another one, which keeps it.
    package mutating func append(device name: String) -> DeviceID {
        let id = DeviceID(devices.count)
        let isNew = devicesByName[name] == nil
        devices.append(isNew ? name : "#\(id)")
        if isNew { devicesByName[name] = id }
        return id
    }

    /// The number of a sequence, given now if it is new.
    ///
    /// - Parameter source: the name of the profile that finds the device's numbers.
    public mutating func intern(sequenceOf device: DeviceID, source: String) -> SequenceID {
        let key = SequenceKey(device: device, source: source)
        return sequencesByKey[key] ?? append(key)
    }

    /// Gives a sequence the next number. A damaged one may have the key of another, which keeps it.
    package mutating func append(_ key: SequenceKey) -> SequenceID {
        let id = SequenceID(sequences.count)
        sequences.append(key)
        if sequencesByKey[key] == nil { sequencesByKey[key] = id }
        return id
    }

    /// The file has everything.
    package mutating func changesAreCommitted() {
        committedSeriesCount = entries.count
        committedDeviceCount = devices.count
        committedSequenceCount = sequences.count
        changed.removeAll()
    }

    package mutating func setReplacements(
        _ replacements: [MeterReplacement], areDerived: Bool, of id: Int
    ) {
        entries[id].replacements = replacements
        entries[id].hasDerivedTiers = areDerived
    }

    @discardableResult
    package mutating func append(_ entry: Entry) -> SeriesID {
        let id = SeriesID(entries.count)
        entries.append(entry)
        known.append(id)
        if entry.damagedSum != nil { damaged.insert(id) }
        // A damaged key may be that of another series, which keeps it.
        let other = seriesByKey[entry.descriptor.key].map { entries[Int($0)] }
        if other == nil || other?.damagedSum != nil { seriesByKey[entry.descriptor.key] = id }
        return id
    }

    /// Gives a series its number that nobody asks for.
    package mutating func appendUnread() { entries.append(Self.unread) }

    private static let unread = Entry(
        descriptor: SeriesDescriptor(key: SeriesKey(metric: ""), kind: .gauge, unit: ""), device: 0)

    /// The known series that are wanted, in the order of listings.
    public func sorted(where isWanted: (SeriesDescriptor) -> Bool) -> [SeriesID] {
        known.filter { isWanted(entries[Int($0)].descriptor) }
            .map { (id: $0, text: entries[Int($0)].descriptor.key.description) }
            .sorted { $0.text < $1.text }.map(\.id)
    }

    /// What was damaged is known again.
    package mutating func setEntry(_ entry: Entry, of id: SeriesID) {
        entries[Int(id)] = entry
        if entry.damagedSum == nil { damaged.remove(id) }
        seriesByKey[entry.descriptor.key] = id
        changed.insert(id)
    }
}

extension SeriesDescriptor {
    /// Whether the two can be one series.
    public func isCompatible(with other: SeriesDescriptor) -> Bool {
        kind == other.kind && unit == other.unit && step == other.step
    }

    /// Kind, unit and step in a line, as the options write them: `gauge W 60s`.
    public var definition: String {
        "\(kind.name) \(unit) \(step == 0 ? "raw" : "\(step / 1000)s")"
    }

    /// `number=name` lines, sorted.
    package var statesText: String {
        states.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }

    package static func states(parsing text: String) -> [Int64: String] {
        var states: [Int64: String] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "="), let number = Int64(line[..<equals]) else {
                continue
            }
            states[number] = String(line[line.index(after: equals)...])
        }
        return states
    }
}

/// A device's number in one store. 0 stands for all topics that no profile names.
public typealias DeviceID = UInt32

/// A sequence's number in one store.
public typealias SequenceID = UInt32

/// Which numbering of which device a sequence is.
package struct SequenceKey: Hashable, Sendable {
    package var device: DeviceID
    /// The name of the profile that finds the numbers, or what else they come from.
    package var source: String

    package init(device: DeviceID, source: String) {
        self.device = device
        self.source = source
    }
}
