import SuperAPI
import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// Doing what the fleet says. Performing reports back as events; there are no opinions here.
extension Brain {
    func perform(_ effects: [Fleet.Effect]) {
        self.effects += effects
        // Performing one may bring further ones; they come after those that are there.
        guard !isPerforming else { return }
        isPerforming = true
        var next = 0
        while next < self.effects.count {
            if !record(self.effects[next]) {
                sendRecords()
                perform(self.effects[next])
            }
            next += 1
        }
        sendRecords()
        self.effects = []
        isPerforming = false
        followDemand()
    }

    /// Gathers what is to be recorded: what follows each other reaches the keeper together or not at all. False for any other effect.
    private func record(_ effect: Fleet.Effect) -> Bool {
        switch effect {
        case .record(let seat):
            if let machine = fleet[seat] {
                recordChanges.append(RecordChange(key: RecordKey.seat(seat), bytes: machine.record))
            }
        case .forget(let seat):
            recordChanges.append(RecordChange(key: RecordKey.seat(seat), bytes: nil))
            if seat.role == .holder { forgotten.append(seat.name) }
        case .unfinished:
            recordChanges.append(RecordChange(key: RecordKey.unfinished, bytes: fleet.unfinished))
            // What an earlier configuration was kept for may be over.
            if !isTidying {
                isTidying = true
                afterTurn.append { [unowned self] in tidyUp() }
            }
        default: return false
        }
        return true
    }

    private func sendRecords() {
        switch recordChanges.count {
        case 0: break
        case 1:
            let change = recordChanges[0]
            tell(change.bytes.map { .record(key: change.key, bytes: $0) } ?? .forget(key: change.key))
        default: tell(.together(recordChanges))
        }
        recordChanges = []
        for name in forgotten where fleet[name] == nil { forget(name) }
        forgotten = []
    }

    /// Lets go of configurations and sockets that nothing needs any more.
    func tidyUp() {
        isTidying = false
        dropUnusedSnapshots()
        closeUnusedSockets()
    }

    private func perform(_ effect: Fleet.Effect) {
        switch effect {
        case .record, .forget, .unfinished: break
        case .spawn(let seat, let generation): spawn(seat, generation)
        case .signal(_, let generation, let signal, let toGroup):
            tell(.signal(generation: generation, signal, toGroup: toGroup))
        case .runHook(let seat, let hook, let generation): runHook(hook, seat, generation)
        case .runStopCommand(let seat, let generation): runStopCommand(seat, generation)
        case .probe(let seat, let probe, let generation, let timeout):
            begin(probe, seat.name, generation, timeout)
        case .measure(_, let generation): measure(generation)
        case .log(let level, let text): log.write(level, text)
        case .changed(let change): publish(change)
        case .groupAdded(let name):
            // The old groups are gone. Until here a new brain begins with the restart once more, from here on it adds what is missing.
            if beginsAgain { record(phase: .beginning) }
            beginsAgain = false
            if let group = fleet.group(name)?.config {
                tell(.record(key: RecordKey.group(name), bytes: snapshots.place(group)))
            }
            createAutoLogs(of: name)
            openSockets(of: fleet.group(name)?.config.processes ?? [])
            demandIsStale = true
            publish(group: name, "ADDED")
        case .groupChanged(let name): groupChanged(name)
        case .groupRemoved(let name):
            publish(group: name, "REMOVED")
            snapshots.remove(name)
            tell(.forget(key: RecordKey.group(name)))
            closeUnusedSockets()
            demandIsStale = true
        case .settled(let ticket, let results): waiting.removeValue(forKey: ticket)?(results)
        case .endRequested(let code, let reason):
            log.write(.warn, "superd ends with exit code \(code): \(reason)")
            requestedExitCode = code
            afterTurn.append { [unowned self] in shutDown() }
        case .ended(.shutdown): finish()
        case .ended(.restart): beginAgain()
        }
    }

    private func spawn(_ seat: Seat, _ generation: UInt64) {
        guard let config = fleet[seat]?.config else { return }
        do {
            let keys = try openSockets(of: config)
            let spec = try specs.spec(for: config, sockets: keys, notifyAddress: notify?.address)
            runs[generation] = seat.name
            tell(.spawn(generation: generation, spec))
        } catch {
            handle(.spawnFailed(seat.name, generation: generation, message: "\(error)"))
        }
    }

    /// Some of a group's processes, or all, go by another configuration now.
    private func groupChanged(_ name: String) {
        guard let group = fleet.group(name)?.config else { return }
        tell(.record(key: RecordKey.group(name), bytes: snapshots.place(group)))
        createAutoLogs(of: name)
        openSockets(of: group.processes)
        demandIsStale = true
    }

    private func forget(_ name: ProcessName) {
        usage[name] = nil
        for stream in [StandardStream.stdout, .stderr] {
            let key = AutoLogs.Key(name: name, stream: stream)
            if autoLogs.path(name, stream) != nil { tell(.forget(key: key.record)) }
            autoLogs.forget(key)
        }
    }

    // MARK: - Events

    private func publish(_ change: StateChange) {
        var event = StateEvent(
            type: "PROCESS_STATE_\(change.to.name)", name: change.name.description, at: Int(Clock.wallTime().seconds))
        event.from = change.from.name
        event.to = change.to.name
        event.pid = change.pid == 0 ? nil : Int(change.pid)
        if change.to == .exited { event.isExpected = change.expected }
        let machine = fleet[change.name]
        switch change.to {
        case .exited, .stopped: event.message = machine?.lastExit?.description
        case .backoff, .fatal: event.message = machine?.spawnError
        case .waiting: event.message = machine?.waitingFor
        case .starting, .running, .stopping, .completed, .unknown: break
        }
        events.publish(event, of: change.name, through: control)
    }

    private func publish(group: String, _ what: String) {
        let event = StateEvent(type: "PROCESS_GROUP_\(what)", name: group, at: Int(Clock.wallTime().seconds))
        events.publish(event, of: nil, through: control)
    }

    // MARK: - The end

    /// Everything has stopped: writes what is left to write, takes away what superd had put down, and lets the keeper exit.
    private func finish() {
        endStreams()
        control.stopListening()
        removeFiles()
        pump.order(.finish)
        waitForLogs(until: Clock.now() + .seconds(5))
        tell(.exit(code: requestedExitCode))
        exitCode = requestedExitCode
    }

    /// Waits for the log thread to have written everything; a disk that hangs is not waited for.
    func waitForLogs(until deadline: Instant) {
        guard let poller = try? Poller(), (try? poller.add(pump.noticeSignal.descriptor, token: 0, .readable)) != nil
        else { return }
        while Clock.now() < deadline {
            for notice in pump.takeNotices() {
                if case .finished = notice { return }
            }
            _ = try? poller.wait(until: deadline)
        }
    }

    private func removeFiles() {
        for server in configuration.servers {
            ControlListener.remove(server, place: listenerPlaces[ControlListener.key(of: server)])
        }
        removeSocketFiles()
        if let pidFile, let path = arguments.pidFile { PidFile.remove(path, pidFile) }
    }

    func record(phase: DaemonRecord.Phase) {
        let record = DaemonRecord(
            phase: phase, snapshot: snapshots.ofDaemon, startedAt: superdStartedAt, exitCode: requestedExitCode)
        tell(.record(key: RecordKey.daemon, bytes: record.bytes))
    }

    /// Goes on with what the last brain was about.
    func resume(_ phase: DaemonRecord.Phase) {
        switch phase {
        case .beginning, .running: break
        case .shuttingDown: shutDown()
        case .restarting:
            // The files are read when everything has stopped. They were good when this began; if they are no more, what ran before starts
            // again.
            state = .restarting
            handle(.end(.restart))
        }
    }
}
