/// A pattern over names: `*` is any run of characters, `?` any one, `[a-c]` one of a set and `[!a-c]` one outside it.
///
/// Everything else stands for itself, also a `[` that is never closed. Matching takes at most pattern length times text
/// length steps, whatever the pattern.
public struct Glob: Sendable, Hashable {
    private enum Element: Sendable, Hashable {
        case scalar(Unicode.Scalar)
        case anyOne
        case anyRun
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    private let elements: [Element]

    public init(_ pattern: some StringProtocol) {
        var elements: [Element] = []
        var rest = Array(pattern.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*" where elements.last == .anyRun: break
            case "*": elements.append(.anyRun)
            case "?": elements.append(.anyOne)
            case "[": elements.append(Glob.readSet(&rest) ?? .scalar(scalar))
            default: elements.append(.scalar(scalar))
            }
        }
        self.elements = elements
    }

    /// Whether the text holds a character that means more than itself in a pattern.
    public static func isPattern(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.contains { $0 == "*" || $0 == "?" || $0 == "[" }
    }

    /// Whether the whole of `text` fits the pattern.
    ///
    /// On a mismatch only the last `*` is extended: an earlier one could not find a better place, so no other
    /// way back is needed.
    public func matches(_ text: some StringProtocol) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var element = 0
        var position = 0
        var retry: (element: Int, position: Int)?
        while position < scalars.count {
            if element < elements.count, elements[element] == .anyRun {
                element += 1
                retry = (element, position)
            } else if element < elements.count, Glob.element(elements[element], accepts: scalars[position]) {
                element += 1
                position += 1
            } else if let last = retry {
                retry = (last.element, last.position + 1)
                element = last.element
                position = last.position + 1
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .anyRun }
    }

    private static func element(_ element: Element, accepts scalar: Unicode.Scalar) -> Bool {
        switch element {
        case .scalar(let own): own == scalar
        case .anyOne: true
        case .anyRun: false
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }

    /// Reads a set up to its `]`, the `[` being read already; a `]` right at the start belongs to the set.
    /// Nil, with nothing taken, where there is no closing bracket.
    private static func readSet(_ rest: inout ArraySlice<Unicode.Scalar>) -> Element? {
        var scan = rest
        let isNegated = scan.first == "!" || scan.first == "^"
        if isNegated { scan.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while let scalar = scan.popFirst() {
            if scalar == "]", !isFirst {
                rest = scan
                return .set(ranges, isNegated: isNegated)
            }
            isFirst = false
            if scan.first == "-", let end = scan.dropFirst().first, end != "]" {
                scan.removeFirst(2)
                // A range that runs backwards holds nothing.
                if scalar <= end { ranges.append(scalar...end) }
            } else {
                ranges.append(scalar...scalar)
            }
        }
        return nil
    }
}
