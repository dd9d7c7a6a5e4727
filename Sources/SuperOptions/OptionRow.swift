public import SuperBase

/// Something whose options have defaults: what it is before any option is read.
public protocol HasDefaults: Sendable {
    init()
}

/// Where in an owner a value is kept.
typealias Place<Owner, Value> = any WritableKeyPath<Owner, Value> & Sendable

/// A switch of superd's command line that sets the same as an option.
public struct Flag: Sendable, Hashable {
    /// One letter, without the dash.
    public var short: String?
    /// Without the dashes.
    public var long: String
    /// Without one, the switch alone means `true`.
    public var takesValue: Bool
}

/// One option: everything that parsing, checking and documentation need to know about it, in one place.
public struct OptionRow<Owner: HasDefaults>: Sendable {
    public var name: String
    /// One sentence.
    public var summary: String
    /// More for the reference; may be empty.
    public var detail: String
    /// A value that differs from the default, for the reference and the tests.
    public var example: String
    /// Not one of Supervisor's options.
    public var isOwn = false
    /// The section is refused without it.
    public var isRequired = false
    /// Read again for each process, with `process_num`, `numprocs` and the program's own variables known.
    public var isPerProcess = false
    /// A change is applied to processes that run, in general.
    public var isLive = false
    /// Whether a change between these two is.
    public var appliesLive: @Sendable (Owner, Owner) -> Bool = { _, _ in false }
    public var flag: Flag?
    public var typeName: String
    public var expected: String
    /// The accepted words where the type is a choice.
    public var words: [String]
    /// Puts a given value into its place.
    public var read: @Sendable (OptionValue, ValueContext, inout Owner) throws(ValueError) -> Void
    /// What the owner has, for JSON and differences.
    public var value: @Sendable (Owner) -> OptionValue
    /// The same as it is written in INI; nil where that is to leave the option out.
    public var text: @Sendable (Owner) -> String?
    /// What is accepted in a text but most likely not meant.
    public var doubts: @Sendable (String) -> [String]

    init<Part: Sendable, Value: Sendable>(
        _ name: String, in part: Place<Owner, Part>, _ path: Place<Part, Value>, _ type: OptionType<Value>,
        example: String, _ summary: String,
        _ detail: String = ""
    ) {
        self.name = name
        self.summary = summary
        self.detail = detail
        self.example = example
        typeName = type.name
        expected = type.expected
        words = type.words
        doubts = type.doubts
        let readValue = type.read
        read = { (given, context, owner) throws(ValueError) in
            owner[keyPath: part][keyPath: path] = try readValue(given, context)
        }
        let value = type.value
        self.value = { value($0[keyPath: part][keyPath: path]) }
        let text = type.text
        self.text = { text($0[keyPath: part][keyPath: path]) }
    }

    init<Value: Sendable>(
        _ name: String, _ path: Place<Owner, Value>, _ type: OptionType<Value>, example: String, _ summary: String,
        _ detail: String = ""
    ) {
        self.init(name, in: \Owner.self, path, type, example: example, summary, detail)
    }

    /// The row of an option that may be left out: what it then is, nil, is not a value of its type.
    init<Part: Sendable, Value: Sendable>(
        _ name: String, in part: Place<Owner, Part>, _ path: Place<Part, Value?>, _ type: OptionType<Value>,
        example: String, _ summary: String, _ detail: String = ""
    ) {
        self.init(name, in: part, path, type.optional, example: example, summary, detail)
    }

    /// The same, in the owner itself.
    init<Value: Sendable>(
        _ name: String, _ path: Place<Owner, Value?>, _ type: OptionType<Value>, example: String, _ summary: String,
        _ detail: String = ""
    ) {
        self.init(name, in: \Owner.self, path, type.optional, example: example, summary, detail)
    }

    /// Whether the owner's value is not what it is without the option.
    public func differsFromDefault(_ owner: Owner) -> Bool { value(owner) != value(Owner()) }

    /// The row of an option that must be given.
    var required: OptionRow {
        var row = self
        row.isRequired = true
        return row
    }

    /// The row of an option of superd's own.
    var own: OptionRow {
        var row = self
        row.isOwn = true
        return row
    }

    /// The row of an option that is read for each process.
    var perProcess: OptionRow {
        var row = self
        row.isPerProcess = true
        return row
    }

    /// The row of an option whose change is applied to processes that run.
    var live: OptionRow { live(where: { _, _ in true }) }

    /// The same, but only where `condition` holds for the old and the new.
    func live(where condition: @escaping @Sendable (Owner, Owner) -> Bool) -> OptionRow {
        var row = self
        row.isLive = true
        row.appliesLive = condition
        return row
    }

    /// The row of an option that superd's command line sets as well.
    func flag(_ short: String?, takesValue: Bool = true) -> OptionRow {
        var row = self
        row.flag = Flag(short: short, long: name, takesValue: takesValue)
        return row
    }
}

/// A row without the type of its owner: what the reference and the sample need.
public struct OptionDescription: Sendable {
    public var name: String
    public var summary: String
    public var detail: String
    public var example: String
    public var isOwn: Bool
    public var isRequired: Bool
    public var isPerProcess: Bool
    public var isLive: Bool
    public var flag: Flag?
    public var typeName: String
    public var expected: String
    /// As written in INI; nil where the default is to leave the option out.
    public var defaultText: String?

    init<Owner>(_ row: OptionRow<Owner>) {
        name = row.name
        summary = row.summary
        detail = row.detail
        example = row.example
        isOwn = row.isOwn
        isRequired = row.isRequired
        isPerProcess = row.isPerProcess
        isLive = row.isLive
        flag = row.flag
        typeName = row.typeName
        expected = row.expected
        defaultText = row.text(Owner())
    }
}
