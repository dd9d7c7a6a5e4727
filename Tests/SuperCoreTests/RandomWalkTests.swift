import SuperBase
import SuperCore
import Testing

/// Walks by chance through everything that can happen; see `FakeWorld` for the rules that are checked on every step.
struct RandomWalkTests {
    @Test(arguments: 0..<8)
    func everyRuleHoldsOnEveryStep(batch: Int) {
        var steps = 0
        var seed = UInt64(batch) * 1_000_000
        while steps < 13_000 {
            seed += 1
            let walk = RandomWalk(seed: seed)
            steps += walk.world.steps
            guard walk.world.problems.isEmpty else {
                let problems = walk.world.problems.joined(separator: "\n")
                Issue.record("seed \(seed): \(problems)")
                return
            }
        }
    }

    /// A walk that never gets to a rule proves nothing about it.
    @Test func theWalksGetEverywhere() {
        var tally: [String: Int] = [:]
        for seed in 1...60 as ClosedRange<UInt64> {
            tally.merge(RandomWalk(seed: seed).world.tally) { $0 + $1 }
        }
        let ways = [
            "STOPPED → WAITING", "WAITING → STARTING", "WAITING → STOPPED", "RUNNING → COMPLETED", "RUNNING → BACKOFF",
            "STOPPING → BACKOFF", "STOPPING → EXITED", "FATAL → STARTING", "FATAL → STOPPED", "EXITED → STOPPED",
            "COMPLETED → STARTING", "replaced", "notReplaced", "dependencyFailed", "timedOut", "abnormalTermination",
            "spawnError", "updated", "removed", "added", "notRolling", "shuttingDown", "crash", "crash while rolling",
            "stop command", "end requested", "preStart", "postStart", "preStop", "postStop", "onFatal",
        ]
        for way in ways { #expect(tally[way, default: 0] > 0, "\(way)") }
    }
}
