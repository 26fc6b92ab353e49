// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title CheckpointAnchor: the newest checkpoint of each transparency log, and an event for every one there was.
/// @notice Nobody has to trust this contract's owner or writer: who holds an event's receipt and the block's hash knows
/// that the tree with this root existed when the block was made. What the owner and the writer can do wrong is to anchor trees
/// that the log never had; an auditor sees that, because every anchor is an event.
/// @dev A log is known by keccak256 of its origin's UTF-8 bytes. Writer, size and epoch of an origin share one storage slot,
/// so that an anchor after the first reads and writes two slots and no more.
contract CheckpointAnchor {
    struct Head {
        address writer; // who may anchor this origin; zero: whoever may open new ones
        uint64 size;
        uint32 epoch;
        bytes32 root;
    }

    /// @notice A tree of `size` entries with this root existed. Sizes grow within an epoch.
    event Anchored(bytes32 indexed origin, uint64 size, bytes32 root, uint32 epoch);
    /// @notice The owner let sizes start again, after a mistake; `size` and `root` are what the epoch before ended with.
    event EpochOpened(bytes32 indexed origin, uint32 epoch, uint64 size, bytes32 root, string reason);
    /// @notice From now on this address anchors the origin; for origin 0, those that were never anchored.
    event WriterSet(bytes32 indexed origin, address indexed writer);
    event OwnershipOffered(address indexed owner, address indexed offered);
    event OwnershipTaken(address indexed owner);

    error NotTheOwner();
    error NotOffered();
    error NotTheWriter(address writer);
    error SizeNotGrowing(uint64 size);
    error ZeroAddress();

    /// @dev The entry under which the writer of origins stands that were never anchored. No origin hashes to it.
    bytes32 private constant UNOPENED = 0;

    address public owner;
    address public offered;
    mapping(bytes32 origin => Head) private heads;

    constructor(address owner_, address writer_) {
        if (owner_ == address(0)) revert ZeroAddress();
        owner = owner_;
        emit OwnershipTaken(owner_);
        _setWriter(UNOPENED, writer_);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotTheOwner();
        _;
    }

    /// @notice Anchor a checkpoint. Only the origin's writer, and only with a larger size than before.
    function anchor(bytes32 origin, uint64 size, bytes32 root) external {
        Head storage head = heads[origin];
        (address writer, uint64 before, uint32 epoch) = (head.writer, head.size, head.epoch);
        if (writer == address(0)) writer = heads[UNOPENED].writer;
        if (msg.sender != writer) revert NotTheWriter(writer);
        if (size <= before) revert SizeNotGrowing(before);
        heads[origin] = Head(writer, size, epoch, root); // whole, so that the slot is written once
        emit Anchored(origin, size, root, epoch);
    }

    /// @notice The newest checkpoint of an origin, its epoch and writer; all zero (but the writer) if there is none.
    function latest(bytes32 origin) external view returns (uint64 size, bytes32 root, uint32 epoch, address writer) {
        Head storage head = heads[origin];
        writer = head.writer == address(0) ? heads[UNOPENED].writer : head.writer;
        return (head.size, head.root, head.epoch, writer);
    }

    /// @notice Let sizes start again after a mistake, for a reason that everybody can read.
    function openEpoch(bytes32 origin, string calldata reason) external onlyOwner {
        Head storage head = heads[origin];
        (uint64 size, bytes32 root, uint32 epoch) = (head.size, head.root, head.epoch + 1);
        (head.size, head.root, head.epoch) = (0, 0, epoch);
        emit EpochOpened(origin, epoch, size, root, reason);
    }

    /// @notice Say who anchors an origin; for origin 0, who anchors those that were never anchored.
    function setWriter(bytes32 origin, address writer) external onlyOwner {
        _setWriter(origin, writer);
    }

    /// @notice Offer the ownership; nothing changes until the other takes it. Zero takes the offer back.
    function offerOwnership(address to) external onlyOwner {
        offered = to;
        emit OwnershipOffered(owner, to);
    }

    /// @notice Take the ownership that was offered: who can call this has the key.
    function takeOwnership() external {
        if (msg.sender != offered) revert NotOffered();
        (owner, offered) = (msg.sender, address(0));
        emit OwnershipTaken(msg.sender);
    }

    function _setWriter(bytes32 origin, address writer) private {
        if (writer == address(0)) revert ZeroAddress();
        heads[origin].writer = writer;
        emit WriterSet(origin, writer);
    }
}
