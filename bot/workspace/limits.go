package workspace

import "time"

// Slack's limits. Text lengths are in characters (Unicode code points), lists in
// items. Source: Slack's Block Kit reference and Web API method reference, except
// where a line says otherwise.
const (
	maxText       = 40_000 // chat.postMessage cuts longer text and warns; it does not refuse it
	maxUpdateText = 4_000  // chat.update refuses longer text: msg_too_long

	// msg_blocks_too_long is not documented. Blocks of about 13,200 characters are
	// refused, and users measured that more than the visible text counts
	// (slackapi/bolt-js#2509, #2867). Here the compact JSON counts, which is never
	// more lenient. It holds for chat.* and not for response URLs.
	maxBlocksJSON = 13_200

	maxMessageBlocks = 50
	maxViewBlocks    = 100

	maxBlockID  = 255
	maxActionID = 255

	maxSectionText    = 3000
	maxSectionFields  = 10
	maxFieldText      = 2000
	maxHeaderText     = 150
	maxContextItems   = 10
	maxContextText    = 3000
	maxActions        = 25
	maxMarkdown       = 12_000 // all markdown blocks of a message together
	maxTableRows      = 100
	maxTableColumns   = 20
	maxImageTitle     = 2000
	maxAltText        = 2000
	maxURL            = 3000
	maxInputLabel     = 2000
	maxInputHint      = 2000
	maxButtonText     = 75
	maxButtonValue    = 2000
	maxAccessibility  = 75
	maxPlaceholder    = 150
	maxOptionText     = 75
	maxOptionValue    = 150
	minOverflow       = 2
	maxOverflow       = 5
	maxSelect         = 100
	maxChoices        = 10 // checkboxes and radio buttons
	maxInputText      = 3000
	maxConfirmTitle   = 100
	maxConfirmText    = 300
	maxConfirmButtons = 30

	maxViewTitle       = 24
	maxViewButton      = 24
	maxPrivateMetadata = 3000
	maxCallbackID      = 255
	maxViewJSON        = 250_000 // bytes; view_too_large
	maxModals          = 3       // in one stack; push_limit_reached

	maxUpload = 1 << 20  // bytes; Slack takes 1 GB, this workspace keeps files in memory
	maxAck    = 20 << 10 // bytes; Slack drops larger Socket Mode answers without a word

	maxSockets = 10 // connections of one app at once

	ackWindow       = 3 * time.Second
	triggerLife     = 3 * time.Second
	responseURLLife = 30 * time.Minute
	responseURLUses = 5
	ticketLife      = 30 * time.Second // not documented; Slack says to connect at once
)
