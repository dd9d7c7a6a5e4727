import SuperBase
import SuperOptions

extension Evaluation {
    /// Warns of sections and options that nobody reads, which are misspelt more often than not.
    mutating func warnOfUnknownNames() {
        for section in document.sections {
            guard let known = Self.optionNames(of: section.name) else {
                warnOfUnknown(section)
                continue
            }
            // A section for plugins may have any options.
            guard !known.isEmpty else { continue }
            for option in section.inFileOrder where !known.contains(option.name) {
                report(
                    section, option.name, .warning, kind: "option.unknown", "there is no such option; it is ignored",
                    hint: nearMiss(of: option.name, among: known).map { "did you mean \($0)?" })
            }
        }
    }

    private mutating func warnOfUnknown(_ section: RawSection) {
        let kinds = OptionTable.sections.map(\.title) + ["rpcinterface:x", "ctlplugin:x", "superd", "superctl"]
        let word = section.title.prefix { $0 != ":" }
        let near = nearMiss(of: String(word), among: kinds.map { String($0.prefix { $0 != ":" }) })
        report(
            section, nil, .warning, kind: "section.unknown", "there is no such section; it is ignored",
            hint: near.map { near in
                let kind = kinds.first { $0.prefix { $0 != ":" } == near } ?? near
                return "did you mean [\(kind)]?"
            })
    }

    /// The options of a section by its name; empty where it may have any, nil where the section means nothing.
    private static func optionNames(of section: String) -> [String]? {
        let program = OptionTable.program.map(\.name)
        let programWithSockets = OptionTable.programWithSockets.map(\.name)
        let kinds: [(prefix: String, names: [String])] = [
            ("program:", programWithSockets),
            ("group:", OptionTable.group.map(\.name)),
            ("fcgi-program:", program + OptionTable.fcgi.map(\.name)),
            ("eventlistener:", programWithSockets + OptionTable.eventListener.map(\.name)),
            ("unix_http_server", OptionTable.unixServer.map(\.name)),
            ("inet_http_server", OptionTable.inetServer.map(\.name)),
            ("rpcinterface:", []),
            ("ctlplugin:", []),
        ]
        switch section {
        case "supervisord": return OptionTable.supervisord.map(\.name)
        case "supervisorctl": return OptionTable.client.map(\.name)
        case "include": return OptionTable.include.map(\.name)
        default: return kinds.first { section.hasPrefix($0.prefix) }?.names
        }
    }
}
