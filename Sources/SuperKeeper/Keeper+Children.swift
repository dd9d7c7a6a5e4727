import SuperBase
import SuperOS

/// Starting, signalling and reaping.
extension Keeper {
    func spawnChild(_ generation: UInt64, _ spec: ProcessSpec) {
        if let known = children[generation] { return tellOfChild(known, { .spawned($0) }) }
        lastGeneration = max(lastGeneration, generation)
        do {
            let (theirs, ours) = try makeDescriptors(spec)
            var request = SpawnRequest(spec, descriptors: theirs)
            request.openFiles = settings.childOpenFiles
            let pid = try spawn(request)
            let fact = ChildFact(
                generation: generation, name: spec.name, pid: pid, startedAt: Clock.now(), lastSignal: nil,
                streams: [])
            let child = Child(fact: fact, streams: ours)
            children[generation] = child
            living[pid] = generation
            tellOfChild(child) { .spawned($0) }
        } catch let error as SpawnError {
            // The answer has no room for the name of the socket.
            if error.stage == .findingSocket { say(.critical, "\(spec.name): \(error)") }
            tell(.spawnFailed(generation: generation, stage: error.stage.rawValue, errno: error.errno.rawValue))
        } catch {
            // Stage 0: before there was anything to start, its pipes could not be made.
            tell(
                .spawnFailed(
                    generation: generation, stage: 0, errno: (error as? SystemError)?.errno.rawValue ?? 0))
        }
    }

    /// The child's descriptors, and our ends of those that are pipes.
    private func makeDescriptors(
        _ spec: ProcessSpec
    ) throws -> (theirs: [Descriptor?], ours: [StandardStream: Descriptor]) {
        var (theirs, ours) = try makeStreams(spec)
        if let key = spec.stdinSocket { theirs[0] = try socket(key, for: spec) }
        for key in spec.sockets { theirs.append(try socket(key, for: spec)) }
        guard let number = spec.notificationDescriptor else { return (theirs, ours) }
        guard number >= spec.firstFreeDescriptor, number <= ProcessSpec.highestNotificationDescriptor else {
            throw SpawnError(
                stage: .installingDescriptors, errno: .invalidArgument, executable: spec.executable)
        }
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking()
        theirs += Array(repeating: nil, count: Int(number) - theirs.count) + [pipe.writeEnd]
        ours[.readiness] = pipe.readEnd
        return (theirs, ours)
    }

    private func socket(_ key: String, for spec: ProcessSpec) throws(SpawnError) -> Descriptor {
        guard let socket = held[key] else {
            throw SpawnError(stage: .findingSocket, errno: .noSuchFile, executable: spec.executable, socket: key)
        }
        return socket
    }

    /// The child's descriptors 0, 1 and 2, and our ends of those that are pipes.
    private func makeStreams(
        _ spec: ProcessSpec
    ) throws(SystemError) -> (theirs: [Descriptor?], ours: [StandardStream: Descriptor]) {
        var theirs: [Descriptor?] = []
        var ours: [StandardStream: Descriptor] = [:]
        let standard: [Descriptor] = [.standardInput, .standardOutput, .standardError]
        // A socket takes the place of the input.
        let stdin = spec.stdinSocket == nil ? spec.stdin : .null
        for (stream, kind) in zip([StandardStream.stdin, .stdout, .stderr], [stdin, spec.stdout, spec.stderr]) {
            switch kind {
            case .null: theirs.append(nothing)
            case .inherit: theirs.append(standard[Int(stream.rawValue)])
            case .sameAsStdout: theirs.append(theirs[Int(StandardStream.stdout.rawValue)])
            case .pipe:
                // Input needs no more room than the kernel gives; output must hold what comes while no brain reads.
                let pipe = try Pipe(capacity: stream == .stdin ? nil : .mebibytes(1))
                theirs.append(stream == .stdin ? pipe.readEnd : pipe.writeEnd)
                let mine = stream == .stdin ? pipe.writeEnd : pipe.readEnd
                try mine.setNonBlocking()
                ours[stream] = mine
            }
        }
        return (theirs, ours)
    }

    /// Signals a child that has not been reaped: its pid cannot be anybody else's.
    func send(_ signal: Signal, to generation: UInt64, group: Bool) {
        guard let child = children[generation], child.exit == nil else { return }
        children[generation]?.fact.lastSignal = signal
        do {
            if let process = child.adopted {
                try group ? send(signal, toGroupOf: process, child) : signal.send(through: process)
            } else {
                try group ? signal.send(toGroup: child.fact.pid) : signal.send(toProcess: child.fact.pid)
            }
        } catch {
            say(.critical, "\(child.fact.name): \(error)")
        }
    }

    /// Takes every ended process: the brain, children, and orphans that were given to us.
    func reap() {
        while case .reaped(let ended)? = try? reapChild() {
            if ended.pid == brain?.pid {
                brainEnded(ended.status)
            } else if let generation = living.removeValue(forKey: ended.pid) {
                reaped(ended, of: generation)
            } else {
                tell(.strangerReaped(pid: ended.pid, ended.status))
            }
        }
        if farewell != nil { continueFarewell() }
    }

    private func reaped(_ process: ReapedChild, of generation: UInt64) {
        guard let fact = children[generation]?.fact, fact.pid == process.pid else {
            let name = children[generation].map { "\($0.fact.name): " } ?? ""
            return say(
                .info, "\(name)the process that it was started as (pid \(process.pid)) ended (\(process.status))")
        }
        ended(
            ExitFact(
                generation: generation, pid: process.pid, status: process.status, at: Clock.now(),
                userTime: process.usage.userTime, systemTime: process.usage.systemTime,
                maxResident: process.usage.maximumResident))
    }

    /// A run is over.
    func ended(_ fact: ExitFact) {
        children[fact.generation]?.exit = fact
        tell(.exited(fact))
        endFirstProcess(of: fact.generation)
    }

    func acknowledge(_ generation: UInt64) {
        guard children[generation]?.exit != nil else { return }
        children[generation]?.isAcknowledged = true
        forgetIfDone(generation)
    }

    func close(_ stream: StandardStream, of generation: UInt64) {
        children[generation]?.streams[stream] = nil
        forgetIfDone(generation)
    }

    /// What is left of a child is forgotten when its end is dealt with and nobody reads its output any more.
    private func forgetIfDone(_ generation: UInt64) {
        guard let child = children[generation], child.isAcknowledged else { return }
        if child.streams[.stdout] == nil && child.streams[.stderr] == nil { children[generation] = nil }
    }
}
