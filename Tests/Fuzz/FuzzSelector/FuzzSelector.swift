import SuperBase

/// Input: selector words and process names, one a line; lines before the first empty one are the words.
///
/// Checked beside crashes and time: what is selected is in the list, once, and every word names something or is reported.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSelector(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let words = lines.prefix { !$0.isEmpty }.map(String.init)
    let names = Array(Set(lines.dropFirst(words.count).compactMap { ProcessName($0) })).sorted()

    let selection = Selection(words, from: names)
    precondition(Set(selection.names).count == selection.names.count, "a process is named twice")
    precondition(Set(selection.names).isSubset(of: names), "a process is named that is not in the list")
    for name in names where words.contains("\(name.group):\(name.process)") {
        precondition(selection.names.contains(name), "a process does not answer to its own name")
    }
    return 0
}
