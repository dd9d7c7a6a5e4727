/// Numbers that follow from a seed alone (SplitMix64), so that a walk can be walked again.
struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From 0 up to, not including, `sides`.
    mutating func roll(_ sides: Int) -> Int { Int(next() % UInt64(sides)) }

    mutating func chance(percent: Int) -> Bool { roll(100) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }

    /// Each with even odds; at least one where there is one.
    mutating func some<Element>(of elements: [Element]) -> [Element] {
        let chosen = elements.filter { _ in chance(percent: 50) }
        return chosen.isEmpty && !elements.isEmpty ? [pick(elements)] : chosen
    }
}
