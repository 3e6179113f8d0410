/// The wanted paths of a document, compiled for the scan: a tree of the names and indices that
/// lead to them, in flat tables.
public struct JSONPlan: Sendable {
    /// A place in documents that is wanted or that leads to one.
    struct Node {
        /// Where the members that are known here stand in ``keys`` and ``keyTargets``.
        var keys: Range<Int> = 0..<0
        /// Where the elements that are known here stand in ``indices`` and ``indexTargets``.
        var indices: Range<Int> = 0..<0
        /// The scanner's slot for this value, or `none` where only something below is wanted.
        var slot = JSONPlan.none
    }

    /// In place of a node or slot: nothing is wanted here.
    static var none: Int32 { -1 }
    /// The document itself.
    static var root: Int32 { 0 }

    private(set) var nodes: [Node] = []
    private(set) var keys = WordTable()
    private(set) var keyTargets: [Int32] = []
    private(set) var indices: [Int] = []
    private(set) var indexTargets: [Int32] = []
    /// The slot of each path, in the paths' order; equal paths share one.
    private(set) var slots: [Int] = []
    private(set) var slotCount = 0

    /// How many paths there are.
    public var count: Int { slots.count }

    /// The scanner's fields are numbered as the paths are here; one path may come several times.
    public init(_ paths: [JSONPath]) {
        var tree = Tree()
        slots = paths.map { tree.add($0.steps) }
        slotCount = tree.slotCount
        nodes = tree.nodes.map { _ in Node() }
        for (number, node) in tree.nodes.enumerated() {
            let keyStart = keyTargets.count
            let indexStart = indices.count
            for (step, target) in node.children {
                switch step {
                case .key(let key):
                    keys.append(key)
                    keyTargets.append(Int32(target))
                case .index(let index):
                    indices.append(index)
                    indexTargets.append(Int32(target))
                }
            }
            nodes[number] = Node(
                keys: keyStart..<keyTargets.count, indices: indexStart..<indices.count,
                slot: Int32(node.slot))
        }
    }

    /// The node of a member, `none` where nothing is wanted of it.
    @inline(__always)
    func member(of node: Int32, _ text: Span<UInt8>, start: Int, end: Int) -> Int32 {
        if node == Self.none { return Self.none }
        let places = nodes[Int(node)].keys
        guard let place = keys.index(of: text, start: start, end: end, among: places) else {
            return Self.none
        }
        return keyTargets[place]
    }

    /// The node of an element, `none` where nothing is wanted of it.
    @inline(__always)
    func element(of node: Int32, at index: Int) -> Int32 {
        if node == Self.none { return Self.none }
        for place in nodes[Int(node)].indices where indices[place] == index {
            return indexTargets[place]
        }
        return Self.none
    }
}

/// The tree while it grows.
private struct Tree {
    struct Node {
        var children: [(step: JSONPath.Step, target: Int)] = []
        var slot = Int(JSONPlan.none)
    }

    var nodes = [Node()]
    var slotCount = 0

    /// The slot of the place that the steps lead to.
    mutating func add(_ steps: [JSONPath.Step]) -> Int {
        var place = 0
        for step in steps {
            if let known = nodes[place].children.first(where: { $0.step == step }) {
                place = known.target
                continue
            }
            nodes[place].children.append((step, nodes.count))
            place = nodes.count
            nodes.append(Node())
        }
        if nodes[place].slot < 0 {
            nodes[place].slot = slotCount
            slotCount += 1
        }
        return nodes[place].slot
    }
}
