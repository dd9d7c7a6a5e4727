import SuperBase
import SuperOptions

/// Turns files into a configuration: reading, including, expanding, checking.
public struct ConfigurationLoader: Sendable {
    private let source: FileSource
    private let context: ValueContext

    /// A loader that asks `source`. Offline, users, groups and directories are not looked up but taken to exist.
    public init(source: FileSource, isOffline: Bool = false) {
        self.source = source
        context = isOffline ? source.context.offline : source.context
    }

    /// Loads a main file and what it includes. A file whose name ends in `.toml` is TOML, every other is INI.
    ///
    /// `flags` are the values of command-line switches by their long names; they win over `[supervisord]`. `scales` are numbers
    /// of processes by the `x` of `[program:x]`; they win over `numprocs`.
    public func load(
        _ path: String, flags: [(name: String, value: String)] = [], scales: [String: Int] = [:]
    ) -> LoadResult {
        var problems = Problems()
        var document = RawDocument()
        do {
            let main = parse(try source.read(path), file: path)
            problems.add(main.diagnostics)
            document = main.document
        } catch {
            problems.add(
                Diagnostic(.error, kind: "file.unreadable", at: SourceLocation(file: path), Self.sentence(error)))
        }
        problems.files.append(path)
        guard !problems.hasErrors else { return problems.result(nil) }

        var evaluation = Evaluation(
            source: source, context: context, mainFile: path, main: document, problems: problems, scales: scales)
        for file in evaluation.includedFiles() { include(file, into: &evaluation) }
        // What a file with a broken line meant cannot be known, and guesses would only hide the line.
        guard !evaluation.problems.hasSyntaxErrors else { return evaluation.problems.result(nil) }
        let configuration = evaluation.run(flags: flags)
        return evaluation.problems.result(configuration)
    }

    private func include(_ file: String, into evaluation: inout Evaluation) {
        do {
            let included = parse(try source.read(file), file: file)
            evaluation.problems.files.append(file)
            evaluation.problems.add(included.diagnostics)
            if let nested = included.document.section("include") {
                evaluation.problems.add(
                    Diagnostic(
                        .warning, kind: "include.nested", at: nested.location, section: "include",
                        "an [include] in an included file is ignored"))
            }
            evaluation.document.merge(included.document)
        } catch .isDirectory {
            evaluation.problems.add(
                Diagnostic(
                    .warning, kind: "include.directory", at: SourceLocation(file: file), section: "include",
                    option: "files", "a directory is passed over", hint: "write \(file)/*.ini"))
        } catch {
            evaluation.problems.add(
                Diagnostic(
                    .error, kind: "include.unreadable", at: SourceLocation(file: file), section: "include",
                    option: "files", Self.sentence(error)))
        }
    }

    private func parse(_ bytes: [UInt8], file: String) -> IniReader.Result {
        file.lowercased().hasSuffix(".toml") ? TomlReader.read(bytes, file: file) : IniReader.read(bytes, file: file)
    }

    private static func sentence(_ error: FileReadError) -> String {
        switch error {
        case .isDirectory: "reading the file: Is a directory"
        case .failed(let reason): "reading the file: \(reason)"
        }
    }
}

/// Errors and warnings in the order in which they are found.
struct Problems {
    private var errors: [Diagnostic] = []
    private var warnings: [Diagnostic] = []
    /// A process of many has the same problem as the first.
    private var known: Set<Diagnostic> = []
    /// The files read so far, main file first.
    var files: [String] = []

    var hasErrors: Bool { !errors.isEmpty }
    var hasSyntaxErrors: Bool { errors.contains { $0.kind.hasPrefix("parse.") } }
    var errorCount: Int { errors.count }

    mutating func add(_ diagnostic: Diagnostic) {
        guard known.insert(diagnostic).inserted else { return }
        switch diagnostic.severity {
        case .error: errors.append(diagnostic)
        case .warning: warnings.append(diagnostic)
        }
    }

    mutating func add(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics { add(diagnostic) }
    }

    /// The result; `configuration` counts only where there is no error.
    func result(_ configuration: Configuration?) -> LoadResult {
        let first = errors.prefix(1)
        return LoadResult(
            configuration: hasErrors ? nil : configuration,
            diagnostics: first + inFileOrder(errors.dropFirst()) + inFileOrder(warnings[...]), files: files)
    }

    private func inFileOrder(_ diagnostics: ArraySlice<Diagnostic>) -> [Diagnostic] {
        let ranks = Dictionary(files.indices.map { (files[$0], $0) }, uniquingKeysWith: { first, _ in first })
        let placed = diagnostics.enumerated().map { offset, diagnostic in
            let rank = diagnostic.location.flatMap { ranks[$0.file] } ?? files.count
            // The offset keeps the order of those on one line.
            return (place: (rank, diagnostic.location?.line ?? 0, offset), diagnostic: diagnostic)
        }
        return placed.sorted { $0.place < $1.place }.map(\.diagnostic)
    }
}
