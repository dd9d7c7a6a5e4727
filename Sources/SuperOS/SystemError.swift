import CSuperOS
import Glibc

/// A system call that did not succeed: what was tried, on what, and why not.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, such as `opening`.
    public var action: String
    /// What it was tried on, such as a path; empty where the action says it all.
    public var subject: String
    public var errno: Errno
    /// Why, where something other than the kernel said no, such as the resolver of host names.
    public var reason: String?

    public init(_ action: String, _ subject: String = "", errno: Errno, reason: String? = nil) {
        self.action = action
        self.subject = subject
        self.errno = errno
        self.reason = reason
    }

    /// `opening /x: No such file or directory`
    public var description: String {
        "\(action)\(subject.isEmpty ? "" : " \(subject)"): \(reason ?? errno.description)"
    }

    /// The error of a call that has just answered with `code`.
    ///
    /// Traps where the code can only be a mistake of ours: a closed descriptor, a bad pointer.
    init(_ action: StaticString, _ subject: () -> String, code: Int32) {
        precondition(code != EBADF, "\(action) \(subject()) on a descriptor that is not open")
        precondition(code != EFAULT, "\(action) \(subject()) with a pointer to nowhere")
        self.init("\(action)", subject(), errno: Errno(rawValue: code))
    }
}

/// Makes a system call that answers −1 and sets errno on failure, again for as long as signals interrupt it.
@inline(__always) @discardableResult
func check<Answer: FixedWidthInteger>(
    _ action: StaticString, _ subject: @autoclosure () -> String = "", _ call: () -> Answer
) throws(SystemError) -> Answer {
    while true {
        let answer = call()
        if answer != -1 { return answer }
        let code = errno
        if code != EINTR { throw SystemError(action, subject, code: code) }
    }
}

/// Makes a system call as `check` does, with nil for a call that would have to wait.
@inline(__always)
func checkUnlessWouldBlock<Answer: FixedWidthInteger>(
    _ action: StaticString, _ subject: @autoclosure () -> String = "", _ call: () -> Answer
) throws(SystemError) -> Answer? {
    while true {
        let answer = call()
        if answer != -1 { return answer }
        let code = errno
        if code == EAGAIN { return nil }
        if code != EINTR { throw SystemError(action, subject, code: code) }
    }
}

/// Makes a call of our C part, again for as long as signals interrupt it.
@inline(__always) @discardableResult
func checkResult(
    _ action: StaticString, _ subject: @autoclosure () -> String = "", _ call: () -> superos_result
) throws(SystemError) -> Int64 {
    while true {
        let result = call()
        if result.error == 0 { return result.value }
        if result.error != EINTR { throw SystemError(action, subject, code: result.error) }
    }
}
