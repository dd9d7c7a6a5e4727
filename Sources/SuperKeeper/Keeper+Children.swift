import SuperBase
import SuperOS

/// Starting, signalling and reaping.
extension Keeper {
    func spawnChild(_ generation: UInt64, _ spec: ProcessSpec) {
        if let known = children[generation] { return tellOfChild(known, { .spawned($0) }) }
        lastGeneration = max(lastGeneration, generation)
        do {
            let (theirs, ours) = try makeStreams(spec)
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
            tell(.spawnFailed(generation: generation, stage: error.stage.rawValue, errno: error.errno.rawValue))
        } catch {
            // Stage 0: before there was anything to start, its pipes could not be made.
            tell(
                .spawnFailed(
                    generation: generation, stage: 0, errno: (error as? SystemError)?.errno.rawValue ?? 0))
        }
    }

    /// The child's descriptors 0, 1 and 2, and our ends of those that are pipes.
    private func makeStreams(
        _ spec: ProcessSpec
    ) throws(SystemError) -> (theirs: [Descriptor], ours: [StandardStream: Descriptor]) {
        var theirs: [Descriptor] = []
        var ours: [StandardStream: Descriptor] = [:]
        let standard: [Descriptor] = [.standardInput, .standardOutput, .standardError]
        for (stream, kind) in zip(StandardStream.allCases, [spec.stdin, spec.stdout, spec.stderr]) {
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
            try group ? signal.send(toGroup: child.fact.pid) : signal.send(toProcess: child.fact.pid)
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
                let fact = ExitFact(
                    generation: generation, pid: ended.pid, status: ended.status, at: Clock.now(),
                    userTime: ended.usage.userTime, systemTime: ended.usage.systemTime,
                    maxResident: ended.usage.maximumResident)
                children[generation]?.exit = fact
                tell(.exited(fact))
            } else {
                tell(.strangerReaped(pid: ended.pid, ended.status))
            }
        }
        if farewell != nil { continueFarewell() }
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
