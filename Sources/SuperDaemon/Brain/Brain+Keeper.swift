import SuperAPI
import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// What is said to and heard from the keeper.
extension Brain {
    /// Tells the keeper. A keeper that has gone ends the brain: without one there is nothing to decide.
    func tell(_ message: BrainMessage, _ descriptors: [Descriptor] = []) {
        do {
            try link.send(message, descriptors)
            if let watch = keeperWatch {
                reactor.change(watch, link.hasUnsent ? [.readable, .writable] : .readable)
            }
        } catch {
            keeperHasGone(error)
        }
    }

    func watchKeeper() throws(SystemError) {
        keeperWatch = try reactor.watch(
            link.descriptor, link.hasUnsent ? [.readable, .writable] : .readable, rank: .keeper
        ) { [unowned self] _ in hearKeeper() }
    }

    private func keeperHasGone(_ error: SystemError) {
        guard exitCode == nil else { return }
        log.write(.critical, "the keeper (pid \(keeperPid)) has gone, and with it the hold on every program: \(error)")
        isOrphan = true
        exitCode = 1
    }

    private func hearKeeper() {
        do {
            try link.flush()
            if let watch = keeperWatch, !link.hasUnsent { reactor.change(watch, .readable) }
            while exitCode == nil, let (message, descriptors) = try link.receive() { take(message, descriptors) }
        } catch {
            keeperHasGone(error)
        }
    }

    private func take(_ message: KeeperMessage, _ descriptors: [Descriptor]) {
        switch message {
        case .spawned(let fact): spawned(fact, Inventory.streams(of: fact, descriptors))
        case .spawnFailed(let generation, let stage, let errno): spawnFailed(generation, stage, errno)
        case .exited(let fact): exited(fact)
        case .notFollowed(let generation, let pid): notFollowed(pid, generation)
        case .signalled(let signal):
            received(signal)
            tell(.took(signal))
        case .strangerReaped(let pid, let status): log.write(.info, "reaped unknown pid \(pid) (\(status))")
        case .say(let level, let text): log.write(level, text)
        case .ping(let number): tell(.pong(number: number))
        case .welcome, .record, .held, .child, .remains, .inventoryEnd: break
        }
    }

    private func spawned(_ fact: ChildFact, _ streams: [StandardStream: Descriptor]) {
        if helperSpawned(fact, streams) { return }
        openStreams(of: fact, streams)
        runPids[fact.pid] = fact.generation
        handle(.spawned(fact.name, generation: fact.generation, pid: fact.pid, at: fact.startedAt))
    }

    private func spawnFailed(_ generation: UInt64, _ stage: UInt8, _ errno: Int32) {
        let errno = Errno(rawValue: errno)
        if helperFailed(generation, stage, errno) { return }
        guard let name = runs.removeValue(forKey: generation) else { return }
        handle(.spawnFailed(name, generation: generation, message: words(stage, errno, name, generation)))
    }

    /// Why a start failed: Supervisor's words where it has some.
    private func words(_ stage: UInt8, _ errno: Errno, _ name: ProcessName, _ generation: UInt64) -> String {
        guard let stage = SpawnError.Stage(rawValue: stage) else {
            let isFull = errno == .tooManyOpenFiles || errno == .tooManyOpenFilesInSystem
            return isFull
                ? "too many open files to spawn '\(name.process)'"
                : "couldn't spawn '\(name.process)': making its pipes: \(errno)"
        }
        if stage == .forking && errno == .again {
            return "Too many processes in process table to spawn '\(name.process)'"
        }
        let config = fleet[fleet.seat(of: generation, name)]?.config
        let error = SpawnError(
            stage: stage, errno: errno,
            executable: config.flatMap { try? specs.executable(for: $0) } ?? config?.command ?? "",
            directory: config?.directory)
        return "couldn't spawn '\(name.process)': \(error)"
    }

    func exited(_ fact: ExitFact) {
        // What it said last counts, and who it was can be told as long as its pid is known here.
        if usesNotifySocket(fact.generation) { takeNotifications() }
        if goesOn(after: fact) { return }
        inputs[fact.generation] = nil
        tell(.close(generation: fact.generation, .stdin))
        for pid in [fact.pid] + (mainPids.removeValue(forKey: fact.generation) ?? []) {
            if runPids[pid] == fact.generation { runPids[pid] = nil }
        }
        stopWatchingReadiness(fact.generation)
        prober?.cancel(fact.generation)
        if helperExited(fact) {
        } else if let name = runs.removeValue(forKey: fact.generation) {
            usage[name] = fact
            handle(.exited(name, generation: fact.generation, status: fact.status, at: fact.at))
            explainQuickEnd(of: name, fact)
        } else {
            log.write(.warn, "pid \(fact.pid), which belongs to no program of now, ended (\(fact.status))")
        }
        tell(.acknowledge(generation: fact.generation))
    }

    /// A program that has gone to the background looks like one that failed to start.
    private func explainQuickEnd(of name: ProcessName, _ fact: ExitFact) {
        guard fact.status == .exited(code: 0),
            fleet[name]?.processState == .backoff || fleet[name]?.processState == .fatal,
            let program = fleet[name].flatMap({ try? specs.executable(for: $0.config) })?.split(separator: "/").last,
            let background = BackgroundProcess(
                of: name, program: String(program), keeper: keeperPid, known: Set(runPids.keys))
        else { return }
        handle(.explained(name, background.sentence))
    }

    // MARK: - Taking over

    /// Goes on where the last brain ended, or begins.
    func takeOver(_ inventory: Inventory) throws {
        for (key, bytes) in inventory.records { adoptAutoLog(key, bytes) }
        guard let phase = try DaemonRecord(inventory)?.phase else { return begin() }
        let groups = snapshots.runningGroups
        let records = inventory.records
        var processRecords: [Seat: [UInt8]] = [:]
        for (key, bytes) in records {
            if let seat = RecordKey.seat(ofKey: key) { processRecords[seat] = bytes }
        }
        let ended = Set(inventory.exits.map(\.generation))
        perform(
            fleet.adopt(
                groups.map { ($0, snapshots.number(of: $0.name)) }, records: processRecords,
                living: living(inventory, ended), lookup: { [snapshots] in snapshots.process($1, of: $0) }))
        for group in groups {
            createAutoLogs(of: group.name)
            openSockets(of: group.processes)
        }
        demandIsStale = true
        resume(phase)
        for child in inventory.remains { openStreams(of: child.fact, child.streams) }
        for child in inventory.children { takeOver(child, ended) }
        pump.order(.allOpened)
        for fact in inventory.exits { exited(fact) }
        let facts = inventory.children.map(\.fact)
        perform(
            fleet.resume(
                alive: Set(facts.map(\.generation)), signalled: Set(facts.filter(wasToldToStop).map(\.generation)),
                unfinished: records[RecordKey.unfinished] ?? [],
                lookup: { [snapshots] in snapshots.process($1, of: $0) },
                groupLookup: { [snapshots] in snapshots.group($1, of: $0) }, at: Clock.now()))
        if phase == .beginning { finishBeginning() }
        log.write(.warn, "a new brain (number \(predecessors + 1)) goes on with \(facts.count) processes")
    }

    /// The processes that live now, by name.
    private func living(_ inventory: Inventory, _ ended: Set<UInt64>) -> [ProcessName: ProcessMachine.Run] {
        let facts = inventory.children.map(\.fact).filter { !ended.contains($0.generation) }
        let runs = facts.map {
            ($0.name, ProcessMachine.Run(generation: $0.generation, pid: $0.pid, startedAt: $0.startedAt))
        }
        return Dictionary(runs) { _, newer in newer }
    }

    private func takeOver(_ child: Inventory.Child, _ ended: Set<UInt64>) {
        let (name, generation) = (child.fact.name, child.fact.generation)
        openStreams(of: child.fact, child.streams)
        if fleet[fleet.seat(of: generation, name)]?.generation == generation {
            runs[generation] = name
            runPids[child.fact.pid] = generation
        } else if !ended.contains(generation) {
            endStranger(child.fact)
        }
        handle(.spawned(name, generation: generation, pid: child.fact.pid, at: child.fact.startedAt))
    }

    /// Whether the last signal of a run was one that ends it, not one of an operator.
    private func wasToldToStop(_ fact: ChildFact) -> Bool {
        guard let signal = fact.lastSignal else { return false }
        guard let config = fleet[fleet.seat(of: fact.generation, fact.name)]?.config else { return signal == .kill }
        return signal == .kill || signal == config.stopSignal || config.stopSequence.contains { $0.signal == signal }
    }

    /// A process of a program that is gone: it must have been removed while nobody looked.
    private func endStranger(_ fact: ChildFact) {
        log.write(.critical, "\(fact.name) (pid \(fact.pid)) belongs to no program of now and is ended")
        tell(.signal(generation: fact.generation, .terminate, toGroup: false))
    }

    /// The first brain: everything starts.
    private func begin() {
        pump.order(.allOpened)
        record(phase: .beginning)
        if !configuration.daemon.noCleanup {
            for problem in autoLogs.cleanUp() { log.write(.warn, problem) }
        }
        for line in arguments.launchLines { log.write(line.level, line.text) }
        log.write(.info, "supervisord started with pid \(keeperPid)")
        handle(.configured(configuration.groups, origin: snapshots.current))
        record(phase: .running)
    }

    /// The last brain ended while it put the groups of the configuration in place: does what is left of that.
    private func finishBeginning() {
        let changes = configuration.groups.filter { fleet.group($0.name) == nil }.map(GroupChange.add)
        submit(.update(changes, origin: snapshots.ofDaemon), .update, wait: false, timeout: nil, known: []) { _ in }
        record(phase: .running)
    }
}
