import FoundationEssentials
import SuperBase

/// JSON as the tests compare it: objects without order.
indirect enum JSONTree: Decodable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case array([JSONTree])
    case object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? container.decode(Int.self) {
            self = .integer(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let array = try? container.decode([JSONTree].self) {
            self = .array(array)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    init(_ value: OptionValue) {
        switch value {
        case .none: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .text(let text): self = .text(text)
        case .list(let values): self = .array(values.map { JSONTree($0) })
        case .map(let entries):
            self = .object(Dictionary(entries.map { ($0.key, JSONTree($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }

    subscript(key: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var integer: Int? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    var members: [String: JSONTree] {
        guard case .object(let members) = self else { return [:] }
        return members
    }

    var elements: [JSONTree] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The same with every text changed.
    func mapTexts(_ change: (String) -> String) -> JSONTree {
        switch self {
        case .text(let text): .text(change(text))
        case .array(let elements): .array(elements.map { $0.mapTexts(change) })
        case .object(let members): .object(members.mapValues { $0.mapTexts(change) })
        default: self
        }
    }

    /// These members, then those of the other object over them.
    func merging(_ other: JSONTree) -> JSONTree { .object(members.merging(other.members) { $1 }) }

    /// The file Tests/Corpus/NAME.
    static func corpus(_ name: String) throws -> JSONTree {
        try JSONDecoder().decode(JSONTree.self, from: Data(corpusBytes(name)))
    }
}

/// The bytes of a file under Tests/Corpus.
func corpusBytes(_ name: String) throws -> [UInt8] {
    let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    return Array(try Data(contentsOf: URL(filePath: "\(tests)/Corpus/\(name)")))
}

/// The bytes of base64 text.
func decodeBase64(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { Array($0) } ?? [] }
