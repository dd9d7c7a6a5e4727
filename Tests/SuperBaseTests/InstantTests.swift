import SuperBase
import Testing

struct InstantTests {
    private let first = Instant(nanoseconds: .min)
    private let last = Instant(nanoseconds: .max)
    private let zero = Instant(nanoseconds: 0)

    @Test func aDurationLeadsFromOneInstantToAnother() {
        let later = zero + .milliseconds(1500)
        #expect(later.nanoseconds == 1_500_000_000)
        #expect(later - zero == .milliseconds(1500))
        #expect(zero - later == .milliseconds(-1500))
        #expect(zero < later)
        #expect(later + .seconds(-2) < zero)
    }

    @Test func additionStaysAtTheEndsOfTheClock() {
        #expect(last + .nanoseconds(1) == last)
        #expect(last + .seconds(Int64.max) == last)
        #expect(first + .nanoseconds(-1) == first)
        #expect(first + .seconds(Int64.min) == first)
        #expect(zero + .seconds(Int64.max) == last)
        #expect(zero + .seconds(Int64.min) == first)
    }

    @Test func differencesStayWithinTheirBounds() {
        #expect(last - first == .nanoseconds(Int64.max))
        #expect(first - last == .nanoseconds(Int64.min))
        #expect(last - Instant(nanoseconds: -1) == .nanoseconds(Int64.max))
    }

    @Test(
        arguments: [
            (Duration.zero, 0), (.nanoseconds(-7), -7), (.seconds(3), 3_000_000_000), (.nanoseconds(Int64.max), .max),
            (.nanoseconds(Int64.min), .min), (.nanoseconds(Int64.max) + .nanoseconds(1), .max),
            (.nanoseconds(Int64.min) - .nanoseconds(1), .min), (.nanoseconds(Int64.max) + .milliseconds(100), .max),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)])
    func nanosecondsAreCutToWhat64BitsHold(duration: Duration, nanoseconds: Int64) {
        #expect(duration.wholeNanoseconds == nanoseconds)
    }

    @Test(
        arguments: [
            (Duration.zero, 0), (.nanoseconds(1), 1), (.milliseconds(5), 5), (.nanoseconds(5_000_001), 6),
            (.nanoseconds(999_999), 1), (.nanoseconds(-1_500_000), -1),
            (.seconds(Int64.max), Int64.max / 1_000_000 + 1),
        ] as [(Duration, Int64)])
    func millisecondsAreRoundedUp(duration: Duration, milliseconds: Int64) {
        #expect(duration.millisecondsRoundedUp == milliseconds)
    }
}
