public import SuperBase

/// A configuration, or all the reasons why not.
public struct LoadResult: Sendable, Hashable {
    /// Nil where there is an error.
    public var configuration: Configuration?
    /// Errors before warnings. The first error is the one that Supervisor would report; the others, and the warnings,
    /// are in the order of their places in the files.
    public var diagnostics: [Diagnostic]
    /// The files that were read, main file first, also where there is an error.
    public var files: [String]

    public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
    public var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning } }
}
