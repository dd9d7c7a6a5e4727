import SuperBase
import SuperOS

/// The keeper on its way out.
struct Farewell {
    var code: Int32
    /// No brain could be told: the keeper stops the children by itself.
    var isWithoutBrain: Bool
    /// When to go on; nil: when the last child ends.
    var due: Instant?
    var hasTerminated = false
}

/// The end of superd: the brain asks for it when every program has stopped; where there is no brain to ask, the keeper does it alone.
extension Keeper {
    /// The brain has stopped everything. Whatever still lives is not ours to wait for, and is not killed either: the brain knew of it.
    func beginFarewell(code: Int32) {
        exitCode = code
    }

    /// A brain that can be told gets five seconds to appear; then the children are stopped without one.
    func beginFarewellWithoutBrain() {
        guard farewell == nil else { return }
        farewell = Farewell(code: 1, isWithoutBrain: true, due: Clock.now() + .seconds(5))
    }

    /// TERM to all, ten seconds, KILL to all, and out.
    func continueFarewell() {
        guard let farewell, let due = farewell.due else { return }
        if living.isEmpty && farewell.hasTerminated {
            exitCode = farewell.code
            return
        }
        guard due <= Clock.now() else { return }
        let signal: Signal = farewell.hasTerminated ? .kill : .terminate
        for (pid, generation) in living {
            if children[generation]?.fact.pid == pid {
                send(signal, to: generation, group: false)
            } else {
                // What a run was started as, which goes on as another process.
                try? signal.send(toProcess: pid)
            }
        }
        self.farewell?.hasTerminated = true
        self.farewell?.due = Clock.now() + .seconds(10)
        if living.isEmpty { exitCode = farewell.code }
    }
}
