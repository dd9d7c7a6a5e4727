import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// Where the output of programs goes.
extension Brain {
    /// Takes over our ends of a run's streams.
    func openStreams(of fact: ChildFact, _ streams: [StandardStream: Descriptor]) {
        inputs[fact.generation] = streams[.stdin]
        if let pipe = streams[.readiness] { watchReadiness(fact.generation, fact.name, pipe) }
        for stream in [StandardStream.stdout, .stderr] {
            guard let descriptor = streams[stream] else { continue }
            let id = StreamID(generation: fact.generation, stream: stream)
            openStreams.insert(id)
            pump.order(.open(id, descriptor, plan(for: fact.name, fact.generation, stream)))
        }
    }

    func streamEnded(_ id: StreamID) {
        openStreams.remove(id)
        tell(.close(generation: id.generation, id.stream))
    }

    /// What is done with a stream. A process that is gone from the configuration still has its output read, into nowhere.
    private func plan(for name: ProcessName, _ generation: UInt64, _ stream: StandardStream) -> StreamPlan {
        var plan = StreamPlan(name: name, stripsANSI: configuration.daemon.stripANSI)
        guard let config = fleet[fleet.seat(of: generation, name)]?.config ?? fleet[name]?.config else { return plan }
        if case .line(let pattern) = config.readiness, fleet[fleet.seat(of: generation, name)]?.processState != .running
        {
            plan.awaitedLine = pattern
        }
        let settings = stream == .stderr ? config.stderr : config.stdout
        plan.syslog = settings.syslog
        plan.isEchoed = configuration.daemon.logLevel <= .debug
        plan.file = logPath(name, stream).map {
            LogFilePlan(path: $0, maxBytes: settings.maxBytes, backups: settings.backups)
        }
        return plan
    }

    /// The file that a stream of a process is logged to; nil where there is none.
    func logPath(_ name: ProcessName, _ stream: StandardStream) -> String? {
        guard let config = fleet[name]?.config else { return nil }
        if stream == .stderr && config.redirectStderr { return nil }
        switch (stream == .stderr ? config.stderr : config.stdout).logFile {
        case .automatic: return autoLogs.path(name, stream)
        case .none: return nil
        case .path(let path): return path
        }
    }

    // MARK: - AUTO

    /// Chooses and creates the AUTO logs of a group that comes in.
    func createAutoLogs(of group: String) {
        for name in fleet.group(group)?.members ?? [] {
            guard let config = fleet[name]?.config else { continue }
            for (stream, settings) in [(StandardStream.stdout, config.stdout), (.stderr, config.stderr)] {
                let isWanted = settings.logFile == .automatic && !(stream == .stderr && config.redirectStderr)
                if isWanted, autoLogs.path(name, stream) == nil { createAutoLog(name, stream) }
            }
        }
    }

    private func createAutoLog(_ name: ProcessName, _ stream: StandardStream) {
        let key = AutoLogs.Key(name: name, stream: stream)
        do {
            tell(.record(key: key.record, bytes: Array(try autoLogs.create(key).utf8)))
        } catch {
            log.write(.critical, "\(name): no file for its \(stream): \(error)")
        }
    }

    func adoptAutoLog(_ key: String, _ bytes: [UInt8]) {
        let parts = key.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[0] == "auto", let slash = parts[1].lastIndex(of: "/"),
            let name = ProcessName(parts[1][..<slash])
        else { return }
        let stream = parts[1][slash...].dropFirst() == "stdout" ? StandardStream.stdout : .stderr
        autoLogs.adopt(String(decoding: bytes, as: UTF8.self), AutoLogs.Key(name: name, stream: stream))
    }
}
