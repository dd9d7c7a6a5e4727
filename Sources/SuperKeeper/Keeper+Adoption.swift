import SuperBase
import SuperOS

/// Runs that go on as another process than the one that was started.
///
/// A program may start its successor and end, as one that replaces itself does, and say so. The successor is our child once its parent has
/// ended, because we are its subreaper; until then, or where its parent reaps it, its pidfd tells us of its end.
extension Keeper {
    /// The first token of an adopted process; those below are in `Token`.
    static let adoptedTokens: UInt64 = 16

    /// Takes another process for the run, if it is alive, below us, and no other run's.
    ///
    /// Also where the run has ended, if its end was not acknowledged: a program may end in the moment in which its successor speaks. Then
    /// there was no end. The brain is told where it is not followed.
    func adopt(_ pid: Int32, as generation: UInt64) {
        guard let child = children[generation], !child.isAcknowledged, child.fact.pid != pid else { return }
        do {
            // Opened first, so that what is looked at is what will be watched.
            let process = try Descriptor.process(pid)
            guard mayAdopt(pid, as: generation) else {
                tell(.notFollowed(generation: generation, pid: pid))
                return say(.warn, "\(child.fact.name): pid \(pid) is none of its processes and is not followed")
            }
            if let before = child.adopted {
                poller.remove(before)
                living[child.fact.pid] = nil
            }
            try poller.add(process, token: Self.adoptedTokens &+ generation, .readable)
            children[generation]?.adopted = process
            children[generation]?.exit = nil
            children[generation]?.fact.pid = pid
            living[pid] = generation
        } catch {
            tell(.notFollowed(generation: generation, pid: pid))
            say(.warn, "\(child.fact.name): pid \(pid) cannot be followed: \(error)")
        }
    }

    private func mayAdopt(_ pid: Int32, as generation: UInt64) -> Bool {
        let ancestry = ProcessAncestry()
        guard pid != brain?.pid, ancestry.isAlive(pid, below: CurrentProcess.pid) else { return false }
        // None of the programs: an orphan, whose origin nobody can tell.
        guard let owner = ancestry.owner(of: pid, among: Set(living.keys)) else { return true }
        return living[owner] == generation
    }

    /// The process of a pidfd has ended. Where it is our child, reaping it tells how; where it is not, nobody can.
    func adoptedEnded(_ generation: UInt64) {
        reap()
        guard let child = children[generation], let process = child.adopted,
            (try? process.wait(for: .readable, until: Clock.now())) == true
        else { return }
        living[child.fact.pid] = nil
        ended(
            ExitFact(
                generation: generation, pid: child.fact.pid, status: .exited(code: 0), at: Clock.now(), userTime: .zero,
                systemTime: .zero, maxResident: ByteSize(bytes: 0)))
        if farewell != nil { continueFarewell() }
    }

    /// The run is over: what it was started as, if it still lives, is asked to end, because nobody follows it any more.
    func endFirstProcess(of generation: UInt64) {
        guard let process = children[generation]?.adopted else { return }
        poller.remove(process)
        children[generation]?.adopted = nil
        for (pid, owner) in living where owner == generation {
            try? Signal.terminate.send(toProcess: pid)
        }
    }

    /// Signals the process group of an adopted process, or it alone where the group is not its run's.
    func send(_ signal: Signal, toGroupOf process: Descriptor, _ child: Child) throws(SystemError) {
        let group = ProcessPlace.of(child.fact.pid)?.group ?? 0
        let isOwn = living[group].map { $0 == child.fact.generation } ?? true
        guard group > 1, group != CurrentProcess.processGroup, isOwn else { return try signal.send(through: process) }
        try signal.send(toGroup: group)
    }
}
