import SuperBase

/// What files say before anyone knows what it means: sections of options in the order of their first mention.
struct RawDocument {
    /// `[DEFAULT]`, whose options every other section has too.
    var defaults: RawSection?
    var sections: [RawSection] = []

    /// The section of this name.
    func section(_ name: String) -> RawSection? { sections.first { $0.name == name } }

    /// Adds a later document: its sections are merged, and its options win.
    mutating func merge(_ other: RawDocument) {
        if let more = other.defaults {
            defaults = defaults?.merging(more) ?? more
        }
        var places = Dictionary(
            sections.indices.map { (sections[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        for section in other.sections {
            if let place = places[section.name] {
                sections[place] = sections[place].merging(section)
            } else {
                places[section.name] = sections.count
                sections.append(section)
            }
        }
    }
}

/// One section, merged from all places where it is written.
struct RawSection {
    /// As everyone knows it: `[superd]` is `supervisord` here.
    var name: String
    /// As written between the brackets.
    var title: String
    /// Of its first header.
    var location: SourceLocation
    /// By lower-case name.
    private(set) var options: [String: RawOption] = [:]

    init(title: String, at location: SourceLocation) {
        let own = ["superd": "supervisord", "superctl": "supervisorctl"]
        name = own[title] ?? title
        self.title = title
        self.location = location
    }

    /// The part after the colon, trimmed; nil without a colon.
    var suffix: String? {
        guard let colon = name.unicodeScalars.firstIndex(of: ":") else { return nil }
        return String(name[name.unicodeScalars.index(after: colon)...].unicodeScalars.trimmed)
    }

    /// Whether processes come of it.
    var isProgram: Bool {
        ["program:", "fcgi-program:", "eventlistener:"].contains { name.hasPrefix($0) }
    }

    /// Sets an option; the later one wins.
    mutating func set(_ option: RawOption) {
        options[option.name] = option
    }

    func merging(_ later: RawSection) -> RawSection {
        var merged = self
        for option in later.options.values { merged.set(option) }
        return merged
    }

    /// The options in the order of their places, for messages.
    var inFileOrder: [RawOption] {
        options.values.sorted {
            ($0.location.file, $0.location.line ?? 0, $0.name) < ($1.location.file, $1.location.line ?? 0, $1.name)
        }
    }
}

/// One option as written.
struct RawOption {
    /// In lower case.
    var name: String
    /// A text from INI, or any value from TOML; expansions still to be done.
    var value: OptionValue
    /// Of its name, not of its further lines.
    var location: SourceLocation
}

extension Unicode.Scalar {
    /// White space as Python's `str.isspace` has it: Unicode's, and the four information separators.
    var isSpace: Bool { properties.isWhitespace || (0x1c...0x1f).contains(value) }
}

extension BidirectionalCollection where Element == Unicode.Scalar {
    /// Without white space at the ends.
    var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isSpace }), let last = lastIndex(where: { !$0.isSpace }) else {
            return self[endIndex..<endIndex]
        }
        return self[first...last]
    }
}

extension String {
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
