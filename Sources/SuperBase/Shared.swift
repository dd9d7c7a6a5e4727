/// A value that is kept once, however often it is copied, and compared by place before it is compared by content: for large values that
/// hardly ever change and are part of small ones that often do.
public struct Shared<Value: Sendable & Hashable>: Sendable, Hashable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private let box: Box

    public init(_ value: Value) { box = Box(value) }

    public var value: Value { box.value }

    public static func == (a: Shared, b: Shared) -> Bool { a.box === b.box || a.box.value == b.box.value }

    public func hash(into hasher: inout Hasher) { hasher.combine(box.value) }
}
