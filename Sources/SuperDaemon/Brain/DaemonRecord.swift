import SuperBase
import SuperKeeper

/// What a new brain must know of superd as a whole.
struct DaemonRecord {
    enum Phase: UInt8 {
        /// The groups of the configuration are being put in place.
        case beginning = 4
        case running = 1
        case shuttingDown = 2
        case restarting = 3
    }

    var phase: Phase
    /// The number of the configuration that superd itself goes by.
    var snapshot: UInt64
    /// When the first brain began.
    var startedAt: Instant
    /// What superd ends with, where it ends by itself.
    var exitCode: Int32 = 0

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(phase.rawValue)
        writer.write(snapshot)
        writer.write(startedAt)
        writer.write(exitCode)
        return writer.bytes
    }
}

extension DaemonRecord {
    /// What the last brain recorded; nil: there was none.
    init?(_ inventory: Inventory) throws(MalformedBytes) {
        guard let bytes = inventory.records[RecordKey.daemon] else { return nil }
        var reader = ByteReader(bytes)
        guard let phase = Phase(rawValue: try reader.read()) else { throw MalformedBytes() }
        self.init(phase: phase, snapshot: try reader.read(), startedAt: try reader.readInstant())
        if !reader.isAtEnd { exitCode = try reader.read() }
    }
}
