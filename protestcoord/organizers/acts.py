"""What was done, in words: each act of the log with its sentence."""

from protestcoord.core.errors import N_

ACT_TEXTS = {
    "campaign.close": N_("Closed the campaign"),
    "campaign.create": N_("Made a campaign"),
    "campaign.edit": N_("Changed the message of the campaign"),
    "campaign.publish": N_("Published the campaign"),
    "contact.view": N_("Opened the contact of a group"),
    "group.trust": N_("Trusted a group"),
    "group.trust_no_more": N_("Trusted a group no more"),
    "message.cancel": N_("Called a message off"),
    "message.send": N_("Sent a message to groups"),
    "message.try": N_("Sent a message to the own address, to try it"),
    "message.write": N_("Wrote a message"),
    "override.remove": N_("Let a site do again what its wave says"),
    "override.set": N_("Let a site do otherwise than its wave says"),
    "proposal.accept": N_("Accepted a proposed site"),
    "proposal.decline": N_("Declined a proposed site"),
    "sign_up.approve": N_("Approved a sign-up"),
    "sign_up.decline": N_("Declined a sign-up"),
    "sign_up.lead": N_("Let a group lead its slot"),
    "sign_ups.approve": N_("Approved the ticked sign-ups"),
    "sign_ups.decline": N_("Declined the ticked sign-ups"),
    "site.drop": N_("Dropped a site"),
    "sites.edit": N_("Changed the sites"),
    "slot.cancel": N_("Cancelled a slot"),
    "wave.add": N_("Added a wave"),
    "wave.edit": N_("Changed a wave"),
    "wave.remove": N_("Removed a wave"),
}
