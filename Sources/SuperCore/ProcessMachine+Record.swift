public import SuperBase

/// The record of a process: what a new brain must know of it to go on where the last one ended.
///
/// The brain hands it to the keeper before it acts on a new state. The configuration is not in it.
extension ProcessMachine {
    /// The first byte of every record; another one is not read.
    private static let version: UInt8 = 1

    /// The record, at most some two hundred bytes and the text of the last error.
    public var record: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writeState(to: &writer)
        writer.write(startWished)
        writer.write(Int64(failures))
        writer.write(Int64(shortRuns))
        writer.write(starts)
        writer.write(spawnError)
        writer.write(lastExit) { $0.write($1.waitStatus) }
        writer.write(startedAt) { $0.write($1) }
        writer.write(endedAt) { $0.write($1) }
        return writer.bytes
    }

    /// The machine as it was when `record` was written, under the configuration of now.
    public init(config: ProcessConfig, record: [UInt8]) throws(MalformedBytes) {
        var reader = ByteReader(record)
        guard try reader.read(UInt8.self) == Self.version else { throw MalformedBytes() }
        self.init(config: config)
        state = try Self.readState(from: &reader)
        startWished = try reader.readBool()
        failures = Int(try reader.read(Int64.self))
        shortRuns = Int(try reader.read(Int64.self))
        starts = try reader.read()
        spawnError = try reader.readText()
        lastExit = try reader.readOptional { (r) throws(MalformedBytes) in ExitStatus(waitStatus: try r.read()) }
        startedAt = try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() }
        endedAt = try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() }
        guard reader.isAtEnd else { throw MalformedBytes() }
    }

    /// A machine without a record: up, where there is a run, and otherwise to be started if it starts by itself.
    init(config: ProcessConfig, run: Run?) {
        self.init(config: config)
        if let run {
            state = .running(run)
            startedAt = run.startedAt
            starts = 1
        } else {
            startWished = config.autoStart
        }
    }

    private func writeState(to writer: inout ByteWriter) {
        func write(_ run: Run) {
            writer.write(run.generation)
            writer.write(run.pid)
            writer.write(run.startedAt)
        }
        switch state {
        case .stopped: writer.write(UInt8(0))
        case .spawning(let generation, let stopWished):
            writer.write(UInt8(1))
            writer.write(generation)
            writer.write(stopWished)
        case .starting(let run):
            writer.write(UInt8(2))
            write(run)
        case .running(let run):
            writer.write(UInt8(3))
            write(run)
        case .backoff(let until):
            writer.write(UInt8(4))
            writer.write(until)
        case .stopping(let run, let killAt, let reportAt):
            writer.write(UInt8(5))
            write(run)
            writer.write(killAt)
            writer.write(reportAt) { $0.write($1) }
        case .exited(let restartAt):
            writer.write(UInt8(6))
            writer.write(restartAt) { $0.write($1) }
        case .fatal: writer.write(UInt8(7))
        }
    }

    private static func readState(from reader: inout ByteReader) throws(MalformedBytes) -> State {
        func readRun() throws(MalformedBytes) -> Run {
            Run(generation: try reader.read(), pid: try reader.read(), startedAt: try reader.readInstant())
        }
        switch try reader.read(UInt8.self) {
        case 0: return .stopped
        case 1: return .spawning(generation: try reader.read(), stopWished: try reader.readBool())
        case 2: return .starting(try readRun())
        case 3: return .running(try readRun())
        case 4: return .backoff(until: try reader.readInstant())
        case 5:
            let run = try readRun()
            let killAt = try reader.readInstant()
            let reportAt = try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() }
            return .stopping(run, killAt: killAt, reportAt: reportAt)
        case 6:
            return .exited(restartAt: try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() })
        case 7: return .fatal
        default: throw MalformedBytes()
        }
    }
}
