import Glibc
import SuperBase
import SuperOS
import Testing

@Suite struct ClockTests {
    @Test func theMonotonicClockNeverGoesBack() {
        var last = Clock.now()
        for _ in 0..<1_000 {
            let now = Clock.now()
            #expect(now >= last)
            last = now
        }
    }

    @Test func theWallClockIsThatOfTheSystem() throws {
        let before = Clock.wallTime()
        let seconds = try #require(Int64(try run("date +%s").line))
        #expect((before.seconds...Clock.wallTime().seconds).contains(seconds))
    }

    @Test func aMomentHasItsPartsInUTC() {
        let parts = WallTime(seconds: 1_709_210_096, nanoseconds: 5).utc
        #expect([parts.year, parts.month, parts.day] == [2024, 2, 29])
        #expect([parts.hour, parts.minute, parts.second, parts.weekday, parts.offset] == [12, 34, 56, 4, 0])
    }

    @Test func aMomentHasItsPartsInTheZoneOfTheProcess() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "Asia/Kolkata", 1)
            let parts = WallTime(seconds: 1_709_210_096).local
            try #require([parts.year, parts.month, parts.day] == [2024, 2, 29])
            try #require([parts.hour, parts.minute, parts.second, parts.offset] == [18, 4, 56, 19_800])
        }
    }

    @Test func processorTimeGrowsWithWork() {
        let before = Clock.processorTime()
        while Clock.processorTime() - before < .milliseconds(2) {}
        #expect(Clock.processorTime() > before)
    }
}
