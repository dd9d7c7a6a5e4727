import CSuperOS
import Glibc
public import SuperBase

/// The process that this code runs in.
public enum CurrentProcess {
    public static var pid: Int32 { getpid() }
    /// The parent's pid: 1 or a subreaper's once the parent has ended.
    public static var parentPid: Int32 { getppid() }
    public static var processGroup: Int32 { getpgrp() }
    /// The effective user.
    public static var user: UInt32 { geteuid() }
    /// The effective group.
    public static var group: UInt32 { getegid() }

    /// The name of this machine.
    public static var hostName: String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The environment in its order. Entries without `=` are left out.
    public static var environment: [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                variables.append(
                    EnvironmentVariable(String(text[..<equals]), String(text[text.utf8.index(after: equals)...])))
            }
            next += 1
        }
        return variables
    }

    /// The number of processors that this process may run on; at least 1.
    public static var processorCount: Int {
        // The kernel has no reason to refuse, and who asks needs a number.
        let count = try? checkResult("counting the processors") { superos_processor_count() }
        return max(1, Int(count ?? 1))
    }

    /// The path of this program's file. After an upgrade has replaced the file, the path of the new one.
    public static func executablePath() throws(SystemError) -> String {
        let path = try readLink("/proc/self/exe")
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    public static func workingDirectory() throws(SystemError) -> String {
        try readLink("/proc/self/cwd")
    }

    public static func changeDirectory(to path: String) throws(SystemError) {
        try check("changing directory to", path) { chdir(path) }
    }

    /// Sets the mask of permissions that new files do not get; answers the one before.
    @discardableResult
    public static func setUmask(_ mask: UInt32) -> UInt32 {
        umask(mask)
    }

    /// Leaves session and terminal for a session of its own. Throws `notPermitted` for the leader of a process group.
    public static func startSession() throws(SystemError) {
        try check("starting a session") { setsid() }
    }

    /// Makes orphans below this process its children, as if it were init.
    public static func becomeSubreaper() throws(SystemError) {
        try checkResult("becoming a subreaper") { superos_set_process_option(PR_SET_CHILD_SUBREAPER, 1) }
    }

    /// The signal that this process gets when the thread that started it ends; nil for none.
    ///
    /// A parent that has ended already is not told of: compare `parentPid` afterwards. A change of user clears it.
    public static func setDeathSignal(_ signal: Signal?) throws(SystemError) {
        try checkResult("setting the parent-death signal") {
            superos_set_process_option(PR_SET_PDEATHSIG, UInt(signal?.rawValue ?? 0))
        }
    }

    /// The name of this thread, and of the process where it is the main thread, in `ps` and `top`; 15 bytes are kept.
    public static func setName(_ name: String) {
        // Cannot fail: the kernel cuts what is too long.
        _ = name.withCString { superos_set_process_option(PR_SET_NAME, UInt(bitPattern: $0)) }
    }

    /// Becomes another user for good, in every thread.
    public static func become(_ identity: ProcessSpec.Identity) throws(SystemError) {
        try check("setting the supplementary groups") { setgroups(identity.groups.count, identity.groups) }
        try check("becoming group", String(identity.group)) { setgid(identity.group) }
        try check("becoming user", String(identity.user)) { setuid(identity.user) }
    }

    /// Becomes another program with the same pid, children and descriptors that are not close-on-exec.
    ///
    /// Ignored and blocked signals stay ignored and blocked. Returns only by throwing.
    public static func execute(
        _ path: String, arguments: [String], environment: [EnvironmentVariable]
    ) throws(SystemError) -> Never {
        guard let arguments = CStrings(arguments), let environment = CStrings(environment) else {
            throw SystemError("executing", path, errno: .invalidArgument)
        }
        try check("executing", path) {
            arguments.withPointers { arguments in environment.withPointers { execve(path, arguments, $0) } }
        }
        preconditionFailure("execve returns only to say that it failed")
    }

    /// Ends at once, without flushing or cleaning up anything.
    public static func exitAtOnce(_ code: Int32) -> Never {
        _exit(code)
    }

    private static func readLink(_ path: String) throws(SystemError) -> String {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try check("reading", path) { readlink(path, &target, target.count) }
        return String(decoding: target[..<length].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
