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
}
