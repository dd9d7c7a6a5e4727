import SuperBase
import SuperConfig
import SuperOptions

/// Loads the bytes as a whole INI configuration, or as TOML where the first byte is odd, and makes the report of it.
///
/// A configuration that loads must be in order: no empty name, no group twice, no process twice in a group, no
/// socket twice in a process.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIni(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let isTOML = input.first.map { $0 % 2 == 1 } ?? false
    let text = Array(input.dropFirst())
    let source = FileSource(
        read: { _ throws(FileReadError) in text }, glob: { _ in [] },
        context: ValueContext(
            userExists: { !$0.isEmpty }, groupExists: { !$0.isEmpty }, directoryExists: { !$0.isEmpty },
            homeDirectory: { _ in "/home/user" }, currentDirectory: "/"),
        hostName: "host", environment: [EnvironmentVariable("A", "b%c")])
    let result = ConfigurationLoader(source: source).load(isTOML ? "/main.toml" : "/main.ini")
    precondition(
        (result.configuration == nil) == !result.errors.isEmpty, "errors and a configuration exclude each other")
    let report = ConfigurationReport.value(of: result)
    precondition(report == ConfigurationReport.value(of: result), "a report is a function of the result")
    guard let groups = result.configuration?.groups else { return 0 }
    precondition(Set(groups.map(\.name)).count == groups.count, "two groups of one name")
    for group in groups {
        precondition(!group.name.isEmpty, "a group without a name")
        let names = group.processes.map(\.name)
        precondition(Set(names).count == names.count, "two processes of one name")
        precondition(names.allSatisfy { !$0.process.isEmpty && $0.group == group.name }, "a process without a name")
        for process in group.processes {
            let sockets = Set(process.sockets.map(\.name))
            precondition(sockets.count == process.sockets.count, "two sockets of one name")
            precondition(process.runsLike(process), "a process that does not run like itself")
        }
    }
    return 0
}
