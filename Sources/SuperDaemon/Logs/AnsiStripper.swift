/// Takes terminal escape sequences out of output, also where a sequence is split over several reads.
///
/// What counts as a sequence is Supervisor's rule: from `ESC [` to the first of the letters `H f A B C D R s u J K h l p m`.
struct AnsiStripper: Hashable {
    private enum State: UInt8 {
        case text
        case escape
        case sequence
    }

    private var state = State.text
    private static let escape: UInt8 = 0x1b
    private static let finals = Set("HfABCDRsuJKhlpm".utf8)

    /// The state as a number, and back: for the record of a chunk that is on its way.
    var code: UInt64 {
        get { UInt64(state.rawValue) }
        set { state = State(rawValue: UInt8(truncatingIfNeeded: newValue)) ?? .text }
    }

    /// The bytes without sequences. An `ESC` at the very end is held back until the next byte tells what it is.
    mutating func strip(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        for byte in bytes {
            switch state {
            case .text:
                if byte == Self.escape { state = .escape } else { kept.append(byte) }
            case .escape:
                if byte == UInt8(ascii: "[") {
                    state = .sequence
                    continue
                }
                kept.append(Self.escape)
                if byte != Self.escape {
                    state = .text
                    kept.append(byte)
                }
            case .sequence:
                if Self.finals.contains(byte) { state = .text }
            }
        }
        return kept
    }
}
