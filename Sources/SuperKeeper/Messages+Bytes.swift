import SuperBase

extension BrainMessage {
    var bytes: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .spawn(let generation, let spec):
            writer.write(UInt8(1))
            writer.write(generation)
            spec.write(to: &writer)
        case .signal(let generation, let signal, let toGroup):
            writer.write(UInt8(2))
            writer.write(generation)
            writer.write(signal.rawValue)
            writer.write(toGroup)
        case .acknowledge(let generation):
            writer.write(UInt8(3))
            writer.write(generation)
        case .close(let generation, let stream):
            writer.write(UInt8(4))
            writer.write(generation)
            writer.write(stream.rawValue)
        case .record(let key, let bytes):
            writer.write(UInt8(5))
            writer.write(key)
            writer.write(bytes)
        case .forget(let key):
            writer.write(UInt8(6))
            writer.write(key)
        case .hold(let key):
            writer.write(UInt8(7))
            writer.write(key)
        case .release(let key):
            writer.write(UInt8(8))
            writer.write(key)
        case .ready: writer.write(UInt8(9))
        case .exit(let code):
            writer.write(UInt8(10))
            writer.write(code)
        case .pong(let number):
            writer.write(UInt8(11))
            writer.write(number)
        case .took(let signal):
            writer.write(UInt8(12))
            writer.write(signal.rawValue)
        case .together(let changes):
            writer.write(UInt8(13))
            writer.write(changes) {
                $0.write($1.key)
                $0.write($1.bytes) { $0.write($1) }
            }
        case .adopt(let generation, let pid):
            writer.write(UInt8(14))
            writer.write(generation)
            writer.write(pid)
        }
        return writer.bytes
    }

    /// Nil for a kind that this version does not know.
    init?(bytes: [UInt8]) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        switch try reader.read(UInt8.self) {
        case 1: self = .spawn(generation: try reader.read(), try ProcessSpec(from: &reader))
        case 2:
            let generation = try reader.read(UInt64.self)
            self = .signal(
                generation: generation, Signal(rawValue: try reader.read()), toGroup: try reader.readBool())
        case 3: self = .acknowledge(generation: try reader.read())
        case 4: self = .close(generation: try reader.read(), try StandardStream(from: &reader))
        case 5: self = .record(key: try reader.readText(), bytes: try reader.readBytes())
        case 6: self = .forget(key: try reader.readText())
        case 7: self = .hold(key: try reader.readText())
        case 8: self = .release(key: try reader.readText())
        case 9: self = .ready
        case 10: self = .exit(code: try reader.read())
        case 11: self = .pong(number: try reader.read())
        case 12: self = .took(Signal(rawValue: try reader.read()))
        case 13:
            self = .together(
                try reader.readArray { (r) throws(MalformedBytes) in
                    RecordChange(
                        key: try r.readText(),
                        bytes: try r.readOptional { (r) throws(MalformedBytes) in try r.readBytes() })
                })
        case 14: self = .adopt(generation: try reader.read(), pid: try reader.read())
        default: return nil
        }
    }
}

extension KeeperMessage {
    var bytes: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .welcome(let version, let pid, let brains, let lastGeneration):
            writer.write(UInt8(1))
            writer.write(version)
            writer.write(pid)
            writer.write(brains)
            writer.write(lastGeneration)
        case .record(let key, let bytes):
            writer.write(UInt8(2))
            writer.write(key)
            writer.write(bytes)
        case .held(let key):
            writer.write(UInt8(3))
            writer.write(key)
        case .child(let fact):
            writer.write(UInt8(4))
            fact.write(to: &writer)
        case .inventoryEnd: writer.write(UInt8(5))
        case .spawned(let fact):
            writer.write(UInt8(6))
            fact.write(to: &writer)
        case .spawnFailed(let generation, let stage, let errno):
            writer.write(UInt8(7))
            writer.write(generation)
            writer.write(stage)
            writer.write(errno)
        case .exited(let fact):
            writer.write(UInt8(8))
            fact.write(to: &writer)
        case .signalled(let signal):
            writer.write(UInt8(9))
            writer.write(signal.rawValue)
        case .strangerReaped(let pid, let status):
            writer.write(UInt8(10))
            writer.write(pid)
            writer.write(status.waitStatus)
        case .say(let level, let text):
            writer.write(UInt8(11))
            writer.write(UInt8(level.rawValue))
            writer.write(text)
        case .ping(let number):
            writer.write(UInt8(12))
            writer.write(number)
        case .remains(let fact):
            writer.write(UInt8(13))
            fact.write(to: &writer)
        case .notFollowed(let generation, let pid):
            writer.write(UInt8(14))
            writer.write(generation)
            writer.write(pid)
        }
        return writer.bytes
    }

    /// Nil for a kind that this version does not know.
    init?(bytes: [UInt8]) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        switch try reader.read(UInt8.self) {
        case 1:
            self = .welcome(
                version: try reader.read(), pid: try reader.read(), brains: try reader.read(),
                lastGeneration: try reader.read())
        case 2: self = .record(key: try reader.readText(), bytes: try reader.readBytes())
        case 3: self = .held(key: try reader.readText())
        case 4: self = .child(try ChildFact(from: &reader))
        case 5: self = .inventoryEnd
        case 6: self = .spawned(try ChildFact(from: &reader))
        case 7: self = .spawnFailed(generation: try reader.read(), stage: try reader.read(), errno: try reader.read())
        case 8: self = .exited(try ExitFact(from: &reader))
        case 9: self = .signalled(Signal(rawValue: try reader.read()))
        case 10: self = .strangerReaped(pid: try reader.read(), ExitStatus(waitStatus: try reader.read()))
        case 11:
            let level = LogLevel(rawValue: Int(try reader.read(UInt8.self))) ?? .info
            self = .say(level, try reader.readText())
        case 12: self = .ping(number: try reader.read())
        case 13: self = .remains(try ChildFact(from: &reader))
        case 14: self = .notFollowed(generation: try reader.read(), pid: try reader.read())
        default: return nil
        }
    }
}

extension StandardStream {
    init(from reader: inout ByteReader) throws(MalformedBytes) {
        guard let stream = StandardStream(rawValue: try reader.read()) else { throw MalformedBytes() }
        self = stream
    }
}

extension ChildFact {
    func write(to writer: inout ByteWriter) {
        writer.write(generation)
        writer.write(name.group)
        writer.write(name.process)
        writer.write(pid)
        writer.write(startedAt)
        writer.write(lastSignal) { $0.write($1.rawValue) }
        writer.write(streams) { $0.write($1.rawValue) }
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        generation = try reader.read()
        name = ProcessName(group: try reader.readText(), process: try reader.readText())
        pid = try reader.read()
        startedAt = try reader.readInstant()
        lastSignal = try reader.readOptional { (r) throws(MalformedBytes) in Signal(rawValue: try r.read()) }
        streams = try reader.readArray { (r) throws(MalformedBytes) in try StandardStream(from: &r) }
    }
}

extension ExitFact {
    func write(to writer: inout ByteWriter) {
        writer.write(generation)
        writer.write(pid)
        writer.write(status.waitStatus)
        writer.write(at)
        writer.write(userTime.wholeNanoseconds)
        writer.write(systemTime.wholeNanoseconds)
        writer.write(Int64(maxResident.bytes))
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        generation = try reader.read()
        pid = try reader.read()
        status = ExitStatus(waitStatus: try reader.read())
        at = try reader.readInstant()
        userTime = .nanoseconds(try reader.read(Int64.self))
        systemTime = .nanoseconds(try reader.read(Int64.self))
        maxResident = ByteSize(bytes: Int(try reader.read(Int64.self)))
    }
}
