import SuperBase
import SuperCore

/// The brain dies, and a new one takes over from what the keeper has.
extension FakeWorld {
    /// How many effects are performed where the brain dies after `count`: the changes of the groups in one turn, with all that comes
    /// before them, reach the keeper together or not at all.
    func whole(_ effects: [Fleet.Effect], _ count: Int) -> Int {
        let last = effects.lastIndex { effect in
            switch effect {
            case .groupAdded, .groupRemoved: true
            case .record, .forget, .spawn, .signal, .log, .changed, .settled, .ended: false
            }
        }
        guard count > 0, let last else { return count }
        return max(count, last + 1)
    }

    mutating func crash() {
        steps += 1
        undoWhatWasNotRecorded()
        questions = [:]
        ledger.updating = []
        loseMessages()
        now = now + dice.pick([.milliseconds(1), .milliseconds(300), .seconds(3), .seconds(20)])
        happen()
        news = []
        wakesAtThisInstant = 0

        fleet = Fleet(lastGeneration: usedGenerations.max() ?? 0, seed: dice.next())
        current = nil
        hasEnded = false
        // `.groupAdded` need not come in start order.
        let ordered = configs.sorted { ($0.priority, $0.name) < ($1.priority, $1.name) }
        perform(fleet.adopt(ordered, records: records)[...])
        takeUpStates()
        if case .ending(let end) = phase { step(.end(end)) }
        let alive = Set(lives.keys)
        let signalled = Set(lives.values.filter { $0.stopSignalAt != nil }.map(\.generation))
        for life in lives.values.sorted(by: { $0.generation < $1.generation }) { tell(life) }
        current = nil
        perform(fleet.resume(alive: alive, signalled: signalled, at: now)[...])
        checkAfterStep()
    }

    /// What was asked for in the last step and not recorded has never been heard.
    private mutating func undoWhatWasNotRecorded() {
        guard phase == .running else { return }
        for name in ledger.goals.keys where fleet[name] == nil || records[name] != fleet[name]?.record {
            ledger.goals[name] = ledgerBefore.goals[name]
            if ledgerBefore.stopAsked.contains(name) {
                ledger.stopAsked.insert(name)
            } else {
                ledger.stopAsked.remove(name)
            }
        }
    }

    /// A spawn on its way reaches the keeper or does not; its answer is lost.
    private mutating func loseMessages() {
        for spawn in spawns {
            if dice.chance(percent: 50) { carryOut(Spawn(name: spawn.name, generation: spawn.generation, due: now)) }
        }
        spawns = []
    }

    /// The last report may have been lost, so the states are taken from the records.
    private mutating func takeUpStates() {
        for name in fleet.names {
            guard let machine = fleet[name] else { continue }
            ledger.states[name] = machine.processState
            ledger.failures[name] = machine.failures
            ledger.since[name] = nil
            guard ledger.goals[name] == .up, !machine.startWished else { continue }
            switch machine.processState {
            case .fatal: ledger.goals[name] = .resting
            case .exited:
                guard let status = machine.lastExit else { return fail("\(name) exited without a status") }
                if !mustRestart(machine.config, after: status) { ledger.goals[name] = .resting }
            case .stopped, .starting, .running, .backoff, .stopping, .unknown: break
            }
        }
    }

    /// The keeper tells of a process that it has, and of its end.
    private mutating func tell(_ life: Life) {
        step(.spawned(life.name, generation: life.generation, pid: life.pid, at: life.startedAt))
        guard let ended = life.ended else { return }
        step(.exited(life.name, generation: life.generation, status: life.status, at: ended))
    }
}
