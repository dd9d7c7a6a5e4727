import SuperBase
import SuperCore
import Testing

/// Updates of a pool while something else is asked of it, such as another update.
struct OverlappingUpdateTests {
    private func new(_ config: inout ProcessConfig) { config.command = "/bin/new" }
    private func newer(_ config: inout ProcessConfig) { config.command = "/bin/newer" }

    @Test func anUpdateWhileTheOldOneOfAnEarlierOneStillGoesIsNotLost() {
        var pool = Pool(1)
        pool.update(1, new)
        pool.arrive(0)
        pool.ready(0)
        #expect(pool.retiring(0) == [1])
        pool.update(1, origin: 3, newer)
        pool.ask(.stop([worker(0)]))
        pool.update(1, origin: 4, new)
        pool.end(0, 1)
        pool.end(0, 2)
        pool.arrive(0)
        #expect(pool.command(0) == "/bin/new")
        #expect(pool.crew.fleet.origins == [4])
    }
}
