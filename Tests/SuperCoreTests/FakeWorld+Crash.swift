import SuperBase

@testable import SuperCore

/// The brain dies, and a new one takes over from what the keeper has.
extension FakeWorld {
    /// What the keeper has of a brain that ended.
    struct Kept {
        var records: [Seat: [UInt8]] = [:]
        /// In start order.
        var groups: [GroupConfig] = []
        var unfinished = Fleet().unfinished
    }

    /// Persists what a turn changes: all of it comes first, and together.
    mutating func keep(_ effects: [Fleet.Effect]) {
        var isOver = false
        for effect in effects {
            switch effect {
            case .record(let seat):
                if isOver { fail("\(seat) is recorded after something was done") }
                // Gone again: it is forgotten further on.
                if let machine = fleet[seat] { kept.records[seat] = machine.record }
            case .forget(let seat):
                if isOver { fail("\(seat) is forgotten after something was done") }
                forget(seat)
            case .unfinished:
                if isOver { fail("what is not finished is kept after something was done") }
                kept.unfinished = fleet.unfinished
            case .groupAdded, .groupChanged, .groupRemoved:
                isOver = true
                kept.groups = fleet.groups.map(\.config)
            default: isOver = true
            }
        }
    }

    private mutating func forget(_ seat: Seat) {
        if kept.records[seat] == nil { fail("\(seat) has no record and is forgotten") }
        kept.records[seat] = nil
    }

    /// The brain dies after so many effects of a turn; those that are to be persisted count as one.
    mutating func crash(after count: Int, of effects: [Fleet.Effect]) {
        prepare()
        let first = effects.firstIndex {
            switch $0 {
            case .record, .forget, .unfinished: false
            default: true
            }
        }
        if count == 0 {
            (ledger, phase, hasEnded) = (ledgerBefore, phaseBefore.0, phaseBefore.1)
            fleet = before
        } else {
            keep(effects)
            if let first {
                let done = effects[first...].prefix(count - 1)
                perform(done, of: effects)
                noteGroups(effects[done.endIndex...], of: effects)
            }
            forgetTheGone()
        }
        if phase != .over { crash() }
    }

    /// Takes in what nobody was told of any more.
    private mutating func noteGroups(_ lost: ArraySlice<Fleet.Effect>, of effects: [Fleet.Effect]) {
        for index in lost.indices {
            switch lost[index] {
            case .groupAdded(let name): groupAdded(name)
            case .groupChanged(let name):
                groupChanged(name, isLast: !effects[(index + 1)...].contains(.groupChanged(name)), effects)
            // It may be one that another one needs.
            case .changed(let change) where [.starting, .waiting].contains(change.to): ledger.goals[change.name] = .up
            default: break
            }
        }
    }

    mutating func crash() {
        steps += 1
        tell("CRASH")
        let isRolling = kept.records.keys.contains { $0.role == .successor }
        tally[isRolling ? "crash while rolling" : "crash", default: 0] += 1
        questions = [:]
        loseMessages()
        now = now + dice.pick([.milliseconds(1), .milliseconds(300), .seconds(3), .seconds(20)])
        happen()
        news = []
        wakesAtThisInstant = 0
        takeOver()
    }

    private mutating func takeOver() {
        let exitWhen = fleet.exitWhen
        fleet = Fleet(lastGeneration: usedGenerations.max() ?? 0, seed: dice.next())
        fleet.exitWhen = exitWhen
        isEndWanted = false
        current = nil
        hasEnded = false
        isTakingOver = true
        for generation in lives.keys { lives[generation]?.isTimedAnew = true }
        hooksRun[.preStart]?.formIntersection(usedGenerations)
        // They need not come in start order.
        let groups = dice.chance(percent: 50) ? kept.groups : kept.groups.reversed()
        before = fleet
        let effects = fleet.adopt(groups.map { ($0, origin(of: $0)) }, records: kept.records, lookup: configuration)
        before = fleet
        perform(effects)
        takeUpStates()
        if case .ending(let end) = phase { step(.end(end)) }
        let alive = Set(lives.keys)
        for life in lives.values.sorted(by: { $0.generation < $1.generation }) { tell(life) }
        current = nil
        before = fleet
        isTakingOver = false
        let signalled = Set(lives.values.filter { $0.stopSignalAt != nil }.map(\.generation))
        let (configurations, lookup) = (configurations, configuration)
        let resumed = fleet.resume(
            alive: alive, signalled: signalled, unfinished: kept.unfinished, lookup: lookup,
            groupLookup: { configurations[$0]?[$1] }, at: now)
        for name in fleet.names where fleet[name]?.startWished == true { ledger.goals[name] = .up }
        for (group, _) in ledger.updating { reopen(group) }
        perform(resumed)
        checkAfterStep()
        for generation in lives.keys.sorted() where lives[generation].map(isReady) ?? false {
            if dice.chance(percent: 70) { becomeReady(generation) }
        }
    }

    /// The number of the last configuration that has this group so.
    private func origin(of group: GroupConfig) -> UInt64 {
        configurations.filter { $0.value[group.name] == group }.keys.max() ?? 0
    }

    /// A spawn on its way reaches the keeper or does not; its answer is lost, as is what helpers were about.
    private mutating func loseMessages() {
        let messages = happenings
        happenings = []
        for message in messages {
            switch message.what {
            case .spawn: if dice.chance(percent: 50) { carryOut(Happening(due: now, what: message.what)) }
            case .ready, .beat: happenings.append(message)
            case .hookEnds, .probeAnswers, .measured: break
            }
        }
    }

    /// The last report may have been lost, so the states are taken from the records.
    private mutating func takeUpStates() {
        for name in fleet.names {
            guard let machine = fleet[name] else { continue }
            ledger.states[name] = machine.processState
            ledger.failures[name] = machine.failures
            ledger.since[name] = nil
            if machine.isBeingStopped { ledger.stopAsked.insert(name) }
            guard ledger.goals[name] == .up, !machine.startWished else { continue }
            switch machine.state {
            case .fatal(retryAt: nil), .completed, .exited(restartAt: nil): ledger.goals[name] = .resting
            case .stopped, .waiting, .preparing, .spawning, .starting, .running, .backoff, .stopping, .exited, .fatal:
                break
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
