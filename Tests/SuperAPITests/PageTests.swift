import FoundationEssentials
import SuperBase
import Testing

@testable import SuperAPI

/// The generated pages. `UPDATE_PAGES=1 swift test --filter PageTests` writes docs/reference/control-api.md.
@Suite struct PageTests {
    @Test func theReferencePageIsCurrent() throws {
        let page = try ControlAPI.referencePage()
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "docs/reference/control-api.md")
        if FoundationEssentials.ProcessInfo.processInfo.environment["UPDATE_PAGES"] != nil {
            try Data(page.utf8).write(to: path)
        }
        let file = try String(decoding: Data(contentsOf: path), as: UTF8.self)
        #expect(file == page, "make it anew: UPDATE_PAGES=1 swift test --filter PageTests")
    }

    @Test func theOpenAPIDocumentIsSound() throws {
        let document = try JSON.parse(Array(ControlAPI.openAPI(version: "1.2.3").utf8))
        #expect(document["openapi"] == .text("3.1.0"))
        #expect(document["info"]?["version"] == .text("1.2.3"))
        var operations: Set<String> = []
        for path in document["paths"]?.entries ?? [] {
            for operation in path.value.entries {
                try check(operation.value, at: path.key)
                if case .text(let name)? = operation.value["operationId"] { operations.insert(name) }
            }
        }
        #expect(operations.count == ControlAPI.endpoints.count)
        let known = Set((document["components"]?["schemas"]?.entries ?? []).map { "#/components/schemas/\($0.key)" })
        let used = references(in: document)
        #expect(used.isSubset(of: known))
        #expect(known.count == ControlAPI.documentedTypes().count)
    }

    /// Path parameters are declared and required, and there is an answer and a problem.
    private func check(_ operation: OptionValue, at path: String) throws {
        guard case .list(let parameters) = operation["parameters"] ?? .list([]) else {
            Issue.record("\(path): parameters")
            return
        }
        let inPath = parameters.filter { $0["in"] == .text("path") }
        #expect(inPath.allSatisfy { $0["required"] == .boolean(true) })
        let named = path.split(separator: "/").compactMap { parameterName($0) }
        #expect(inPath.compactMap { $0["name"] } == named.map { .text($0) })
        #expect(operation["responses"]?["200"]?["content"] != nil)
        #expect(operation["responses"]?["default"]?["content"]?[Problem.contentType] != nil)
    }

    private func references(in value: OptionValue) -> Set<String> {
        switch value {
        case .map(let entries):
            entries.reduce(into: []) { found, entry in
                if entry.key == "$ref", case .text(let text) = entry.value { found.insert(text) }
                found.formUnion(references(in: entry.value))
            }
        case .list(let items): items.reduce(into: []) { $0.formUnion(references(in: $1)) }
        case .none, .boolean, .integer, .text: []
        }
    }
}

extension OptionValue {
    fileprivate var entries: [Entry] {
        if case .map(let entries) = self { entries } else { [] }
    }

    fileprivate subscript(key: String) -> OptionValue? { entries.first { $0.key == key }?.value }
}
