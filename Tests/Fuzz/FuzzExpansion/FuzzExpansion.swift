import SuperConfig

/// Expands the bytes as a format text. A text without a percent sign comes out as it is, and so does any text whose
/// percent signs are doubled first.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExpansion(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    let values: [String: ExpansionValue] = [
        "s": .text("text 'with' \"quotes\" \u{e9}\u{2028}"), "n": .integer(12_345_678), "m": .integer(.min),
        "z": .integer(0),
        "x": .integer(.max),
    ]
    _ = try? Expansion.expand(text) { values[$0] }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(contentsOf: scalar == "%" ? [scalar, scalar] : [scalar]) }
    let doubled = String(scalars)
    do throws(ExpansionError) {
        let single = try Expansion.expand(doubled) { values[$0] }
        precondition(single == text, "a doubled percent sign is one percent sign")
    } catch {
        preconditionFailure("a text without conversions was refused: \(error)")
    }
    return 0
}
