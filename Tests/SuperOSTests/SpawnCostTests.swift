import Glibc
import SuperBase
import SuperOS
import Testing

@Suite struct SpawnCostTests {
    /// What a copying fork would not manage: it takes 12 ms at 500 MB.
    @Test func aSpawnDoesNotGrowWithTheParent() async {
        await #expect(processExitsWith: .success) {
            let small = try quickestSpawn()
            let ballast = UnsafeMutableRawBufferPointer.allocate(byteCount: 300 << 20, alignment: 4_096)
            defer { ballast.deallocate() }
            ballast.initializeMemory(as: UInt8.self, repeating: 1)
            let large = try quickestSpawn()
            try #require(large < small * 3, "\(small) without, \(large) with 300 MB")
        }
    }

    @Test(.enabled("a sanitizer keeps freed memory, and finds leaks by itself") { !hasSanitizer })
    func spawningLeavesNoMemoryBehind() async {
        await #expect(processExitsWith: .success) {
            let request = try shell("") {
                $0.executable = "/bin/true"
                $0.pidVariables = ["LISTEN_PID"]
                $0.environment += (0..<50).map { EnvironmentVariable("NAME_\($0)", String(repeating: "x", count: 100)) }
            }
            func spawnMany() throws { for _ in 0..<500 { _ = try end(of: spawn(request)) } }
            try spawnMany()
            let before = try residentBytes()
            try spawnMany()
            // 500 environments of 5 KB would be 2.5 MB.
            try #require(try residentBytes() - before < 500_000)
        }
    }
}

/// Whether this test was built with `--sanitize=address` or `thread`.
private var hasSanitizer: Bool { dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil }

/// The least time that one of 200 spawns took: what disturbs a run only makes it longer.
private func quickestSpawn() throws -> Duration {
    let request = try shell("") { $0.executable = "/bin/true" }
    var quickest = Duration.seconds(1)
    for _ in 0..<200 {
        let start = Clock.now()
        let pid = try spawn(request)
        quickest = min(quickest, Clock.now() - start)
        _ = try end(of: pid)
    }
    return quickest
}

/// The private memory of this process.
private func residentBytes() throws -> Int {
    let pages = String(decoding: try FileSystem.read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
    return (Int(pages[1]) ?? 0) * 4_096
}
