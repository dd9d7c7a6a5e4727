public import SuperBase

/// The record of a process: what a new brain must know of it to go on where the last one ended.
///
/// The brain hands it to the keeper before it acts on a new state. The configuration is not in it, only the number of the one that it
/// comes from.
extension ProcessMachine {
    /// The first byte of every record; another one is not read.
    private static let version: UInt8 = 2

    /// The record, at most some two hundred bytes and the texts of the last error and of the status.
    public var record: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(origin)
        writeState(to: &writer)
        writer.write(startWished)
        writer.write(Int64(failures))
        writer.write(Int64(shortRuns))
        writer.write(restartTimes) { $0.write($1) }
        writer.write(starts)
        writer.write(spawnError)
        writer.write(waitingFor)
        writer.write(statusText)
        writer.write(lastExit) { $0.write($1.waitStatus) }
        writer.write(startedAt) { $0.write($1) }
        writer.write(endedAt) { $0.write($1) }
        return writer.bytes
    }

    /// The number of the configuration that the process of a record ran under.
    public static func origin(ofRecord record: [UInt8]) throws(MalformedBytes) -> UInt64 {
        var reader = ByteReader(record)
        guard try reader.read(UInt8.self) == Self.version else { throw MalformedBytes() }
        return try reader.read()
    }

    /// The machine as it was when `record` was written, under the configuration that it names as its origin.
    ///
    /// When probes and looks are due is not in it: `takenOver` begins them anew.
    public init(config: ProcessConfig, record: [UInt8]) throws(MalformedBytes) {
        var reader = ByteReader(record)
        guard try reader.read(UInt8.self) == Self.version else { throw MalformedBytes() }
        self.init(config: config, origin: try reader.read())
        state = try Self.readState(from: &reader)
        startWished = try reader.readBool()
        failures = Int(try reader.read(Int64.self))
        shortRuns = Int(try reader.read(Int64.self))
        restartTimes = try reader.readArray { (r) throws(MalformedBytes) in try r.readInstant() }
        starts = try reader.read()
        spawnError = try reader.readText()
        waitingFor = try reader.readText()
        statusText = try reader.readText()
        lastExit = try reader.readOptional { (r) throws(MalformedBytes) in ExitStatus(waitStatus: try r.read()) }
        startedAt = try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() }
        endedAt = try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() }
        guard reader.isAtEnd else { throw MalformedBytes() }
    }

    /// A machine without a record: up, where there is a run, and otherwise to be started if it starts by itself.
    init(config: ProcessConfig, origin: UInt64, run: Run?) {
        self.init(config: config, origin: origin)
        if let run {
            var watch = Watch()
            watch.beatInterval = config.health.heartbeatInterval
            state = .running(run, watch)
            startedAt = run.startedAt
            starts = 1
        } else {
            startWished = config.startsByItself
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
        case .starting(let run, _):
            writer.write(UInt8(2))
            write(run)
        case .running(let run, let watch):
            writer.write(UInt8(3))
            write(run)
            watch.verdict.write(to: &writer)
            writer.write(watch.isReloading)
            writer.write(watch.isLeaving)
            writer.write(watch.beatInterval) { $0.write($1.wholeNanoseconds) }
        case .backoff(let until):
            writer.write(UInt8(4))
            writer.write(until)
        case .stopping(let run, let stop):
            writer.write(UInt8(5))
            write(run)
            stop.write(to: &writer)
        case .exited(let restartAt):
            writer.write(UInt8(6))
            writer.write(restartAt) { $0.write($1) }
        case .fatal(let retryAt):
            writer.write(UInt8(7))
            writer.write(retryAt) { $0.write($1) }
        case .waiting: writer.write(UInt8(8))
        case .preparing(let generation, let until, let stopWished):
            writer.write(UInt8(9))
            writer.write(generation)
            writer.write(until)
            writer.write(stopWished)
        case .completed: writer.write(UInt8(10))
        }
    }

    private static func readState(from reader: inout ByteReader) throws(MalformedBytes) -> State {
        func readRun() throws(MalformedBytes) -> Run {
            Run(generation: try reader.read(), pid: try reader.read(), startedAt: try reader.readInstant())
        }
        switch try reader.read(UInt8.self) {
        case 0: return .stopped
        case 1: return .spawning(generation: try reader.read(), stopWished: try reader.readBool())
        case 2: return .starting(try readRun(), Watch())
        case 3:
            let run = try readRun()
            var watch = Watch()
            watch.verdict = try Watch.Verdict(from: &reader)
            watch.isReloading = try reader.readBool()
            watch.isLeaving = try reader.readBool()
            watch.beatInterval = try reader.readOptional { (r) throws(MalformedBytes) in
                .nanoseconds(try r.read(Int64.self))
            }
            return .running(run, watch)
        case 4: return .backoff(until: try reader.readInstant())
        case 5:
            let run = try readRun()
            return .stopping(run, try Stop(from: &reader))
        case 6:
            return .exited(restartAt: try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() })
        case 7: return .fatal(retryAt: try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() })
        case 8: return .waiting
        case 9:
            return .preparing(
                generation: try reader.read(), until: try reader.readInstant(), stopWished: try reader.readBool())
        case 10: return .completed
        default: throw MalformedBytes()
        }
    }
}

extension ProcessMachine.Stop {
    fileprivate func write(to writer: inout ByteWriter) {
        switch stage {
        case .hook: writer.write(UInt8(0))
        case .dump: writer.write(UInt8(1))
        case .kill: writer.write(UInt8(2))
        case .step(let number):
            writer.write(UInt8(3))
            writer.write(Int64(number))
        }
        writer.write(due)
        writer.write(reportAt) { $0.write($1) }
        switch purpose {
        case .asked: writer.write(UInt8(0))
        case .notReady(let why):
            writer.write(UInt8(1))
            writer.write(why)
        case .unhealthy(let why):
            writer.write(UInt8(2))
            writer.write(why)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(MalformedBytes) {
        switch try reader.read(UInt8.self) {
        case 0: stage = .hook
        case 1: stage = .dump
        case 2: stage = .kill
        case 3:
            // Taken for a place in a list further on.
            let number = try reader.read(Int64.self)
            guard (0..<1_000).contains(number) else { throw MalformedBytes() }
            stage = .step(Int(number))
        default: throw MalformedBytes()
        }
        due = try reader.readInstant()
        reportAt = try reader.readOptional { (r) throws(MalformedBytes) in try r.readInstant() }
        switch try reader.read(UInt8.self) {
        case 0: purpose = .asked
        case 1: purpose = .notReady(try reader.readText())
        case 2: purpose = .unhealthy(try reader.readText())
        default: throw MalformedBytes()
        }
    }
}

extension Watch.Verdict {
    fileprivate func write(to writer: inout ByteWriter) {
        switch self {
        case .unknown: writer.write(UInt8(0))
        case .healthy: writer.write(UInt8(1))
        case .failing(let why):
            writer.write(UInt8(2))
            writer.write(why)
        case .unhealthy(let why):
            writer.write(UInt8(3))
            writer.write(why)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(MalformedBytes) {
        switch try reader.read(UInt8.self) {
        case 0: self = .unknown
        case 1: self = .healthy
        case 2: self = .failing(try reader.readText())
        case 3: self = .unhealthy(try reader.readText())
        default: throw MalformedBytes()
        }
    }
}
