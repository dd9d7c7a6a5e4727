import SuperBase
import SuperOS

/// The log thread's own half of `LogPump`: everything here is used by that thread alone.
///
/// Files are shared by path: two programs that name one file write it through one `LogFile`, so it rotates once and no line is torn.
final class LogWorker {
    private struct Stream {
        let descriptor: Descriptor
        let plan: StreamPlan
        let file: LogFile?
        var stripper = AnsiStripper()
        var syslog: SyslogLines?
        /// Nil once it has found its line.
        var watcher: LineWatcher?
    }

    private let pump: LogPump
    private let flight: FlightRecord
    private let poller: Poller
    private var streams: [UInt64: Stream] = [:]
    private var ids: [UInt64: StreamID] = [:]
    private var lastToken: UInt64 = 0
    private var files: [String: (file: LogFile, users: Int)] = [:]
    private var mainLog: LogFile?
    private var mainSyslog: SyslogLines?
    private var echoesMainLog = false
    /// Stdout had no room for a second; it is tried again without a wait.
    private var echoHangs = false
    private var isFinishing = false
    /// An earlier brain was killed over a chunk whose stream has not been opened yet: nothing is read, because that would write over it.
    private var awaitsFlight: Bool

    private static let orderToken: UInt64 = 0

    init(_ pump: LogPump, _ flight: FlightRecord, _ orderSignal: EventDescriptor) throws(SystemError) {
        self.pump = pump
        self.flight = flight
        awaitsFlight = flight.unfinished != nil
        poller = try Poller()
        try poller.add(orderSignal.descriptor, token: Self.orderToken, .readable)
    }

    func run() throws(SystemError) {
        while !isFinishing {
            let events = try poller.wait(until: nil)
            pump.whileBusy {
                for event in events where event.token != Self.orderToken { transfer(event.token) }
                for order in pump.takeOrders() { obey(order) }
                writeLines()
            }
        }
        pump.tell(.finished)
    }

    private func obey(_ order: LogPump.Order) {
        switch order {
        case .open(let id, let descriptor, let plan): open(id, descriptor, plan)
        case .allOpened: if awaitsFlight { settleFlight() }
        case .mainLog(let plan, let syslog, let echo):
            // The lines that came before belong to the old place, if there was one.
            writeLines()
            mainLog = plan.map(makeFile)
            mainSyslog = syslog ? SyslogLines(prefix: "") : nil
            echoesMainLog = echo
        case .reopen:
            for (file, _) in files.values { file.reopen() }
            mainLog?.reopen()
        case .clear(let path, let notice): clear(path, notice)
        case .finish: finish()
        }
    }

    private func makeFile(_ plan: LogFilePlan) -> LogFile {
        LogFile(plan) { [pump] in pump.tell(.trouble($0)) }
    }

    // MARK: - Streams

    private func open(_ id: StreamID, _ descriptor: Descriptor, _ plan: StreamPlan) {
        lastToken += 1
        let stream = Stream(
            descriptor: descriptor, plan: plan, file: plan.file.map(use),
            syslog: plan.syslog ? SyslogLines(prefix: "\(plan.name.process) ") : nil,
            watcher: plan.awaitedLine.map { LineWatcher($0) })
        streams[lastToken] = stream
        ids[lastToken] = id
        if awaitsFlight {
            finishFlight(of: id, lastToken)
        } else {
            read(lastToken)
        }
    }

    /// Reads the stream from now on.
    private func read(_ token: UInt64) {
        guard let stream = streams[token] else { return }
        do {
            try poller.add(stream.descriptor, token: token, .readable)
        } catch {
            pump.tell(.trouble(.began(path: stream.plan.file?.path ?? "\(stream.plan.name)", "\(error)")))
            end(token)
        }
    }

    private func use(_ plan: LogFilePlan) -> LogFile {
        if let (file, users) = files[plan.path] {
            files[plan.path] = (file, users + 1)
            file.follow(plan)
            return file
        }
        let file = makeFile(plan)
        files[plan.path] = (file, 1)
        return file
    }

    private func end(_ token: UInt64) {
        guard let stream = streams.removeValue(forKey: token), let id = ids.removeValue(forKey: token) else { return }
        poller.remove(stream.descriptor)
        var lines = stream.syslog
        lines?.flush()
        var watcher = stream.watcher
        if watcher?.findsAtEnd() == true { pump.foundLine(id) }
        if let path = stream.plan.file?.path, let (file, users) = files[path] {
            files[path] = users > 1 ? (file, users - 1) : nil
        }
        pump.tell(.ended(id))
    }

    /// Moves what one read brings, and answers how much that was. Hot: no allocation for a plain file.
    @discardableResult
    private func transfer(_ token: UInt64) -> Int {
        guard let stream = streams[token], let id = ids[token] else { return 0 }
        stream.file?.lookAfter()
        flight.begin(FlightRecord.Chunk(id: id, place: stream.file?.place, stripper: stream.stripper))
        do {
            switch try stream.descriptor.read(into: flight.buffer) {
            case .bytes(let count):
                flight.arrived(count)
                deliver(UnsafeRawBufferPointer(rebasing: flight.buffer[..<count]), token)
                flight.end(count)
                return count
            case .endOfFile:
                flight.end(0)
                end(token)
            case .wouldBlock: flight.end(0)
            }
        } catch {
            flight.end(0)
            end(token)
        }
        return 0
    }

    /// Sends bytes of a stream everywhere they belong; the first `skip` bytes of what the file gets are there already.
    private func deliver(_ raw: UnsafeRawBufferPointer, _ token: UInt64, skip: Int = 0) {
        guard let plan = streams[token]?.plan else { return }
        if plan.stripsANSI {
            let stripped = streams[token]?.stripper.strip(raw) ?? []
            stripped.withUnsafeBytes { spread($0, token, skip: skip) }
        } else {
            spread(raw, token, skip: skip)
        }
        // After the file has it: whoever is told of the line can read it there.
        if streams[token]?.watcher?.finds(in: raw) == true, let id = ids[token] {
            streams[token]?.watcher = nil
            pump.foundLine(id)
        }
    }

    private func spread(_ bytes: UnsafeRawBufferPointer, _ token: UInt64, skip: Int) {
        guard let stream = streams[token], bytes.count > skip else { return }
        if let file = stream.file {
            let lost = file.lostBytes
            file.append(UnsafeRawBufferPointer(rebasing: bytes[skip...]))
            if file.lostBytes != lost { pump.lost(file.lostBytes, path: file.plan.path) }
            pump.changed(file.plan.path)
        }
        streams[token]?.syslog?.append(bytes)
        if stream.plan.isEchoed, let id = ids[token] {
            let head = "'\(stream.plan.name.process)' \(id.stream) output:\n"
            pump.write(MainLog.line(.debug, Array(head.utf8) + Array(bytes)))
        }
    }

    /// Finishes the chunk that an earlier brain was killed over, if it is of this stream.
    private func finishFlight(of id: StreamID, _ token: UInt64) {
        guard let (chunk, bytes) = flight.unfinished, chunk.id == id, let stream = streams[token] else { return }
        streams[token]?.stripper = chunk.stripper
        if let file = stream.file, let place = chunk.place {
            // Another file by now: it was rotated, which happens after a whole chunk only.
            if let written = file.written(since: place) { deliver(bytes, token, skip: written) }
        } else {
            deliver(bytes, token)
        }
        settleFlight()
    }

    /// Nothing is left of an earlier brain's chunk: every stream may be read.
    private func settleFlight() {
        flight.settle()
        awaitsFlight = false
        for token in streams.keys.sorted() { read(token) }
    }

    // MARK: - The main log

    private func writeLines() {
        // Until it is said where the main log goes, its lines wait.
        guard mainLog != nil || mainSyslog != nil || echoesMainLog else { return }
        let (bytes, lost) = pump.takeLines()
        guard !bytes.isEmpty else { return }
        let note = lost > 0 ? MainLog.line(.critical, Array("lines of this log were lost\n".utf8)) : []
        mainLog?.lookAfter()
        (note + bytes).withUnsafeBytes { bytes in
            mainLog?.append(bytes)
            if let path = mainLog?.plan.path { pump.changed(path) }
            mainSyslog?.append(bytes)
            if echoesMainLog { echo(bytes) }
        }
    }

    /// Repeats lines on stdout. A terminal that was stopped, or a reader that hangs, must not stop the logs of the programs: it is waited
    /// for once, and what it does not take is left out.
    private func echo(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let patience = echoHangs ? Duration.zero : .seconds(1)
            let hasRoom = (try? Descriptor.standardOutput.wait(for: .writable, until: Clock.now() + patience)) ?? false
            echoHangs = !hasRoom
            // A pipe that has room at all takes so much without a wait.
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(4096))
            guard hasRoom, case .bytes(let count)? = try? Descriptor.standardOutput.write(piece) else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    // MARK: - Clearing and ending

    private func clear(_ path: String, _ notice: UInt64) {
        do {
            if let (file, _) = files[path] {
                try file.clear()
            } else if mainLog?.plan.path == path {
                try mainLog?.clear()
            } else {
                _ = try FileSystem.remove(path)
            }
            pump.changed(path)
            pump.tell(.cleared(notice: notice, error: nil))
        } catch {
            pump.tell(.cleared(notice: notice, error: "\(error)"))
        }
    }

    /// Takes what is in the pipes now, and ends every stream.
    private func finish() {
        if awaitsFlight { settleFlight() }
        for token in streams.keys.sorted() {
            // Not more than is there now: somebody may go on writing for ever.
            var left = (try? streams[token]?.descriptor.readableBytes()) ?? 0
            while left > 0 {
                let count = transfer(token)
                left = count > 0 ? left - count : 0
            }
            end(token)
        }
        writeLines()
        isFinishing = true
    }
}
