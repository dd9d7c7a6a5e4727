/// The value of an option without its type's name: what is written to JSON, compared for a difference and shown to an operator.
public enum OptionValue: Sendable, Hashable {
    /// Nothing was given and nothing is assumed.
    case none
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case list([OptionValue])
    /// In the order given.
    case map([Entry])

    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: OptionValue

        public init(_ key: String, _ value: OptionValue) {
            self.key = key
            self.value = value
        }
    }
}
