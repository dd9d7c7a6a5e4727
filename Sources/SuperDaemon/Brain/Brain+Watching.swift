import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// What superd learns of processes beside their ends: that they are ready, what they say of themselves, whether they are well, and how
/// much memory they use.
extension Brain {
    // MARK: - The notify socket

    /// Takes over the notify socket from the keeper, or opens it.
    func openNotifySocket(_ inventory: Inventory) {
        do {
            if let held = inventory.held[NotifySocket.key] {
                notify = try NotifySocket(adopting: held)
            } else {
                let socket = try NotifySocket()
                notify = socket
                tell(.hold(key: NotifySocket.key), [socket.descriptor])
            }
        } catch {
            log.write(.critical, "programs cannot say that they are ready: the notify socket is not opened: \(error)")
        }
    }

    func watchNotifySocket() throws(SystemError) {
        guard let notify else { return }
        _ = try reactor.watch(notify.descriptor, .readable, rank: .notice) { [unowned self] _ in takeNotifications() }
    }

    /// Whether a run has been given the address of the notify socket.
    func usesNotifySocket(_ generation: UInt64) -> Bool {
        guard let name = runs[generation], let config = fleet[fleet.seat(of: generation, name)]?.config else {
            return false
        }
        return config.readiness == .notify || config.health.check == .heartbeat
    }

    func takeNotifications() {
        guard let notify, let messages = try? notify.receive() else { return }
        let ancestry = ProcessAncestry()
        for message in messages {
            // A main process that has ended by now was one all the same: its end is not dealt with yet.
            let pid = message.sender.pid
            let owner = runPids[pid] == nil ? ancestry.owner(of: pid, among: Set(runPids.keys)) : pid
            guard let owner, let generation = runPids[owner], let name = runs[generation] else {
                tellOfStranger(message.sender)
                continue
            }
            take(NotifyMessage(message.bytes), name, generation, ancestry)
        }
    }

    /// At most one line a second, whatever strangers send.
    private func tellOfStranger(_ sender: PeerCredentials) {
        let now = Clock.now()
        guard strangersQuietUntil.map({ $0 <= now }) ?? true else { return }
        strangersQuietUntil = now + .seconds(1)
        log.write(
            .warn, "a message of pid \(sender.pid) (uid \(sender.user)), which belongs to no program, is ignored")
    }

    private func take(
        _ message: NotifyMessage, _ name: ProcessName, _ generation: UInt64, _ ancestry: ProcessAncestry
    ) {
        for problem in message.problems { log.write(.warn, "\(name): \(problem)") }
        if let pid = message.mainPid, mainPids[generation]?.last ?? pid != pid || runPids[pid] != generation {
            // The messages of others must not count as this program's because it has named their pid. The keeper is asked to follow only what
            // is believed here: if it did so by itself, its run would go on and nobody would know.
            let owner = ancestry.owner(of: pid, among: Set(runPids.keys)).flatMap { runPids[$0] }
            if ancestry.isAlive(pid, below: keeperPid), owner ?? generation == generation {
                tell(.adopt(generation: generation, pid: pid))
                follow(pid, name, generation)
            } else {
                log.write(.warn, "\(name): pid \(pid) is none of its processes and is not followed")
            }
        }
        var notice = Notice()
        notice.isReady = message.isReady
        notice.isReloading = message.isReloading
        notice.isStopping = message.isStopping
        notice.status = message.status
        notice.heartbeat = message.heartbeat.map { $0 == .beat ? .alive : .failed }
        notice.heartbeatInterval = message.heartbeatInterval
        notice.moreTime = message.timeoutExtension
        handle(.notified(name, generation: generation, notice))
    }

    /// A run goes on as another process.
    private func follow(_ pid: Int32, _ name: ProcessName, _ generation: UInt64) {
        let run = fleet[fleet.seat(of: generation, name)]?.run
        runPids[pid] = generation
        mainPids[generation, default: run.map { [$0.pid] } ?? []].append(pid)
        if let run { handle(.spawned(name, generation: generation, pid: pid, at: run.startedAt)) }
    }

    /// Whether the end of a process is not that of its run, because its program has named another one in the moment of the end. The end is
    /// kept until it is known that the keeper follows that one, which is when the run ends for good.
    func goesOn(after fact: ExitFact) -> Bool {
        guard let pid = mainPids[fact.generation]?.last, pid != fact.pid else {
            earlyExits[fact.generation] = nil
            return false
        }
        earlyExits[fact.generation] = fact
        return true
    }

    /// The keeper does not follow a process that a program has named.
    func notFollowed(_ pid: Int32, _ generation: UInt64) {
        guard mainPids[generation]?.last == pid else { return }
        mainPids[generation]?.removeLast()
        if runPids[pid] == generation { runPids[pid] = nil }
        if let fact = earlyExits[generation] { exited(fact) }
    }

    // MARK: - The readiness pipe

    /// Waits for a line on the pipe on which a process says that it is ready.
    func watchReadiness(_ generation: UInt64, _ name: ProcessName, _ pipe: Descriptor) {
        readinessWatches[generation] = try? reactor.watch(pipe, .readable, rank: .notice) { [unowned self] _ in
            var buffer = [UInt8](repeating: 0, count: 512)
            guard let result = try? buffer.withUnsafeMutableBytes({ try pipe.read(into: $0) }) else {
                return stopWatchingReadiness(generation)
            }
            switch result {
            case .wouldBlock: break
            case .endOfFile: stopWatchingReadiness(generation)
            case .bytes(let count):
                guard buffer[..<count].contains(UInt8(ascii: "\n")) else { return }
                stopWatchingReadiness(generation)
                handle(.ready(name, generation: generation))
            }
        }
    }

    func stopWatchingReadiness(_ generation: UInt64) {
        guard let watch = readinessWatches.removeValue(forKey: generation) else { return }
        reactor.unwatch(watch)
        tell(.close(generation: generation, .readiness))
    }

    // MARK: - Probes

    func begin(_ probe: Probe, _ name: ProcessName, _ generation: UInt64, _ timeout: Duration) {
        do {
            let prober = try prober ?? Prober(reactor: reactor, commands: probeCommands)
            self.prober = prober
            prober.cancel(generation)
            prober.begin(generation, probe, timeout: timeout) { [unowned self] _, failure in
                handle(.probed(name, generation: generation, failure: failure))
            }
        } catch {
            // It counts as failed when it has had its time.
            log.write(.critical, "\(name): its state cannot be looked at: \(error)")
        }
    }

    /// How the prober has commands run.
    private var probeCommands: Prober.Commands {
        Prober.Commands(
            run: { [unowned self] id, command, ended in
                guard let name = runs[id], let config = fleet[fleet.seat(of: id, name)]?.config else {
                    return ended("its process has gone")
                }
                runHelper(command, of: config, .probe(id, ended), for: id)
            },
            stop: { [unowned self] id in
                for (generation, helper) in helpers where helper.isProbe(of: id) { end(helper, generation) }
            })
    }

    // MARK: - Memory

    func measure(_ generation: UInt64) {
        guard let name = runs[generation], let run = fleet[fleet.seat(of: generation, name)]?.run else { return }
        toMeasure.append(MemoryMeter.Subject(generation: generation, pid: run.pid))
        // With the others that are asked for in this turn.
        if toMeasure.count == 1 { afterTurn.append { [unowned self] in beginMeasuring() } }
    }

    private func beginMeasuring() {
        guard !toMeasure.isEmpty else { return }
        do {
            if try memoryMeter().measure(toMeasure) { toMeasure = [] }
        } catch {
            toMeasure = []
            log.write(.warn, "the memory of processes cannot be measured: \(error)")
        }
    }

    private func memoryMeter() throws(SystemError) -> MemoryMeter {
        if let meter { return meter }
        let meter = try MemoryMeter(reactor: reactor) { [unowned self] measurements in
            for measurement in measurements {
                guard let name = runs[measurement.generation] else { continue }
                handle(.measured(name, generation: measurement.generation, measurement.size))
            }
            beginMeasuring()
        }
        self.meter = meter
        return meter
    }
}
