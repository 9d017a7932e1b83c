// Generated from crds/ by scripts/generate.ts (`make generate`). Do not edit.
import type { ObjectMeta } from "../object.ts";

/**
 * Says for the VMs that it selects which source, appliance or agent, is to protect each group of features. Of several policies the one with the higher priority decides a group, at the same priority the first by name.
 */
export interface AffinityPolicy {
  /**
   * The version of the API that this object is written in.
   */
  apiVersion?: string;
  /**
   * The kind of this object.
   */
  kind?: string;
  metadata: ObjectMeta;
  /**
   * Which VMs, and what for them. Written by people and programs, never by Tandem.
   */
  spec: {
    /**
     * Where several policies select a VM and set a group, the higher priority decides it.
     */
    priority?: number;
    /**
     * Selects VMs by their labels; all requirements must hold. {} selects every VM. A key or value that can be no label selects nothing (condition Accepted is False, InvalidSelector).
     */
    vmSelector: {
      /**
       * Labels that must be there with this value.
       */
      matchLabels?: {
        [k: string]: string;
      };
      /**
       * Requirements on labels.
       *
       * @maxItems 32
       */
      matchExpressions?: {
        /**
         * The key of the label.
         */
        key: string;
        /**
         * NotIn and DoesNotExist also select VMs without the label.
         */
        operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
        /**
         * The values of In and NotIn.
         *
         * @maxItems 32
         */
        values?: string[];
      }[];
    };
    /**
     * Also asks this of the labels of the VM's namespace. Absent or {}: every namespace. A namespace always carries kubernetes.io/metadata.name.
     */
    namespaceSelector?: {
      /**
       * Labels that must be there with this value.
       */
      matchLabels?: {
        [k: string]: string;
      };
      /**
       * Requirements on labels.
       *
       * @maxItems 32
       */
      matchExpressions?: {
        /**
         * The key of the label.
         */
        key: string;
        /**
         * NotIn and DoesNotExist also select namespaces without the label.
         */
        operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
        /**
         * The values of In and NotIn.
         *
         * @maxItems 32
         */
        values?: string[];
      }[];
    };
    /**
     * Which source is to protect each group of features. "Preferred" falls back to the other source when the preferred one is not available, "Only" never does. Availability is activation, never health: an error moves nothing. An absent group: this policy has no opinion, the next one decides.
     */
    affinity?: {
      /**
       * For AntiMalware. Default: AppliancePreferred.
       */
      antiMalware?: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
      /**
       * For WebReputation, Firewall and IntrusionPrevention. Default: AgentPreferred.
       */
      network?: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
      /**
       * For IntegrityMonitoring. Default: AppliancePreferred.
       */
      integrityMonitoring?: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
    };
  };
  /**
   * What the policy does. The status of a generation is written after the VMs that the change touches were written, so who waits for the policy waits for its roll-out.
   */
  status?: {
    /**
     * The generation of spec that has been rolled out; -1 before the first.
     */
    observedGeneration?: number;
    vms?: {
      /**
       * VMs that it selects.
       */
      matched: number;
      /**
       * VMs for which it decides at least one of the three groups.
       */
      effective: number;
    };
    /**
     * Policies of the same priority that set a group differently for the same VM. The name decides; give one of them another priority.
     */
    conflicts?: {
      /**
       * Pairs of policy and group.
       */
      total: number;
      /**
       * The first 20 of them.
       *
       * @maxItems 20
       */
      sample: {
        /**
         * The other policy.
         */
        policy: string;
        group: "antiMalware" | "network" | "integrityMonitoring";
        /**
         * VMs for which they conflict.
         */
        vms: number;
      }[];
    };
    /**
     * Ready is that of Accepted. Stalled and Conflicted are there only while True.
     *
     * @maxItems 16
     */
    conditions?: {
      type: string;
      status: "True" | "False" | "Unknown";
      observedGeneration?: number;
      /**
       * When status last changed.
       */
      lastTransitionTime: string;
      reason: string;
      message: string;
    }[];
  };
}
/**
 * The security virtual appliance of one hypervisor host. It protects the VMs of that host without an agent. One appliance is in charge of a host: the first activated one by name.
 */
export interface Appliance {
  /**
   * The version of the API that this object is written in.
   */
  apiVersion?: string;
  /**
   * The kind of this object.
   */
  kind?: string;
  metadata: ObjectMeta;
  /**
   * What is known of the appliance. Written by people and programs, never by Tandem.
   */
  spec: {
    /**
     * The hypervisor host that it protects: a lower-case DNS name, the same as in the ProtectedVMs there.
     */
    hostName: string;
    /**
     * Administrative state, not health. A Deactivated appliance protects nothing, and only that moves protection: an appliance in error does not.
     */
    activation?: "Activated" | "Deactivated";
    /**
     * Version of the appliance, dotted numbers. Below 9.6 it is not accepted; absent: it is not judged.
     */
    version?: string;
    /**
     * What the hypervisor platform offers it. GuestIntrospection is needed for AntiMalware and IntegrityMonitoring, NetworkIntrospection for WebReputation, Firewall and IntrusionPrevention. Absent: both.
     *
     * @maxItems 2
     */
    services?: ("GuestIntrospection" | "NetworkIntrospection")[];
    /**
     * The licence of the appliance.
     */
    license?: {
      /**
       * PerCPU also covers the network features that it includes where the agent does them.
       */
      metric: "PerCPU" | "PerInstance";
      /**
       * The features that it includes.
       *
       * @maxItems 7
       */
      features?: (
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl"
      )[];
    };
  };
  /**
   * What the appliance does. The status of a generation is written after the VMs that the change touches were written, so who waits for the appliance waits for its VMs.
   */
  status?: {
    /**
     * The generation of spec that has been rolled out; -1 before the first.
     */
    observedGeneration?: number;
    /**
     * VMs placed on its host.
     */
    vms?: number;
    /**
     * VMs that it protects, by feature.
     *
     * @maxItems 7
     */
    features?: {
      name:
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl";
      vms: number;
    }[];
    /**
     * The sum of those counts.
     */
    protects?: number;
    /**
     * What its deactivation now would do, summed over its VMs; zeros if it is not in charge or not activated.
     */
    impact?: {
      /**
       * VMs with a move or a loss.
       */
      vms: number;
      /**
       * Features that the other source would take over.
       */
      moves: number;
      /**
       * Modules that would have to be installed for that.
       */
      installs: number;
      /**
       * Features that nobody would protect any more.
       */
      losses: number;
    };
    /**
     * Ready is that of Accepted. Stalled is there only while True.
     *
     * @maxItems 16
     */
    conditions?: {
      type: string;
      status: "True" | "False" | "Unknown";
      observedGeneration?: number;
      /**
       * When status last changed.
       */
      lastTransitionTime: string;
      reason: string;
      message: string;
    }[];
  };
}
/**
 * A virtual machine and the protection that is wanted for it. Tandem decides, feature by feature, whether the appliance of its hypervisor host or the agent in its guest protects it, and writes the decision into status.
 */
export interface ProtectedVM {
  /**
   * The version of the API that this object is written in.
   */
  apiVersion?: string;
  /**
   * The kind of this object.
   */
  kind?: string;
  metadata: ObjectMeta;
  /**
   * What is known and wanted of the VM. Written by people and programs, never by Tandem.
   */
  spec: {
    /**
     * The hypervisor host that the VM runs on: a lower-case DNS name, the same as in the Appliance of that host. Absent: the VM is placed on no host, so no appliance can protect it.
     */
    hostName?: string;
    /**
     * The operating system family of the guest. Appliances do AntiMalware and IntegrityMonitoring for Windows guests only, the network features for any guest.
     */
    guestOS: "Windows" | "Linux" | "Other";
    /**
     * The protection that is wanted. What is not listed is protected by nobody.
     *
     * @minItems 1
     * @maxItems 7
     */
    features: (
      | "AntiMalware"
      | "WebReputation"
      | "Firewall"
      | "IntrusionPrevention"
      | "IntegrityMonitoring"
      | "LogInspection"
      | "ApplicationControl"
    )[];
    /**
     * The agent in the guest. Absent: not installed.
     */
    agent?: {
      /**
       * Administrative state. Only an Activated agent is a source of protection: installed is not enough, and health plays no part.
       */
      state: "NotInstalled" | "Deactivated" | "Activated";
      /**
       * Version of the agent, dotted numbers. Below 9.6 it is no source; absent: it is not judged.
       */
      version?: string;
      /**
       * The feature modules that are installed in the guest, switched on or not.
       *
       * @maxItems 7
       */
      modules?: (
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl"
      )[];
      /**
       * The features that the agent's own licence covers. Absent: no licence is declared; an empty list is a licence that covers nothing.
       *
       * @maxItems 7
       */
      licensedFeatures?: (
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl"
      )[];
    };
    /**
     * Which source is to protect a group of features, for this one VM: it wins over every AffinityPolicy. "Preferred" falls back to the other source when the preferred one is not available, "Only" never does. Availability is activation, never health: an error moves nothing. An absent group is decided by the policies, then by the default.
     */
    affinity?: {
      /**
       * For AntiMalware. Default: AppliancePreferred.
       */
      antiMalware?: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
      /**
       * For WebReputation, Firewall and IntrusionPrevention. Default: AgentPreferred.
       */
      network?: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
      /**
       * For IntegrityMonitoring. Default: AppliancePreferred.
       */
      integrityMonitoring?: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
    };
    /**
     * Disabled takes the appliance away from a VM without an available agent. In combined mode it is refused (condition ApplianceOptOutRefused): say AgentOnly in affinity instead. Absent: Enabled.
     */
    applianceProtection?: "Enabled" | "Disabled";
  };
  /**
   * The decision. Written by Tandem, but for reports and delivered, which other programs write by server-side apply.
   */
  status?: {
    /**
     * The generation of spec that this status is about; -1 before the first decision.
     */
    observedGeneration?: number;
    /**
     * Combined: both sources are available, with nothing to switch on. Agentless: only the appliance. AgentBased: only the agent. Unprotected: neither.
     */
    mode?: "Combined" | "Agentless" | "AgentBased" | "Unprotected";
    /**
     * Active features / wanted features.
     */
    coverage?: string;
    /**
     * The appliance in charge of the VM's host, activated or not.
     */
    appliance?: string;
    /**
     * The decision on each wanted feature.
     *
     * @maxItems 7
     */
    features?: {
      name:
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl";
      /**
       * The affinity in effect.
       */
      affinity: "AppliancePreferred" | "AgentPreferred" | "ApplianceOnly" | "AgentOnly";
      /**
       * Who set the affinity: VM, Policy/<name>, Default, or Fixed for the features that only an agent can do.
       */
      decidedBy: string;
      /**
       * Who is to protect the feature; in force once the policy is delivered.
       */
      source: "Appliance" | "Agent" | "None";
      /**
       * InstallPending: the agent is to protect it, but its module is not installed.
       */
      state: "Active" | "InstallPending" | "Unprotected";
      /**
       * Preferred: the source that the affinity names first. Fallback: the other one. NoFallback: the only allowed source is not available. NoSource: neither is.
       */
      reason: "Preferred" | "Fallback" | "NoFallback" | "NoSource";
      /**
       * Why it is not the preferred source; empty where it is.
       */
      message: string;
      /**
       * When source last changed.
       */
      lastTransitionTime: string;
    }[];
    /**
     * Modules to be installed on the agent.
     *
     * @maxItems 7
     */
    requiredModules?: (
      | "AntiMalware"
      | "WebReputation"
      | "Firewall"
      | "IntrusionPrevention"
      | "IntegrityMonitoring"
      | "LogInspection"
      | "ApplicationControl"
    )[];
    /**
     * What an operator or a program must do, in this order.
     *
     * @maxItems 8
     */
    actions?: {
      type: "InstallModule" | "DeliverPolicy";
      /**
       * The module of an InstallModule.
       */
      module?:
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl";
    }[];
    /**
     * Fingerprint of the decision. Who delivers the policy to the VM reports it back in delivered.revision.
     */
    revision?: string;
    /**
     * What a deactivation now would do. moves: features whose source changes to the other one; installs: modules that the moves need; losses: features that nobody would protect any more. Absent where that source is not available.
     */
    forecast?: {
      agentDeactivated?: {
        /**
         * @maxItems 7
         */
        moves: (
          | "AntiMalware"
          | "WebReputation"
          | "Firewall"
          | "IntrusionPrevention"
          | "IntegrityMonitoring"
          | "LogInspection"
          | "ApplicationControl"
        )[];
        /**
         * @maxItems 7
         */
        losses: (
          | "AntiMalware"
          | "WebReputation"
          | "Firewall"
          | "IntrusionPrevention"
          | "IntegrityMonitoring"
          | "LogInspection"
          | "ApplicationControl"
        )[];
      };
      applianceDeactivated?: {
        /**
         * @maxItems 7
         */
        moves: (
          | "AntiMalware"
          | "WebReputation"
          | "Firewall"
          | "IntrusionPrevention"
          | "IntegrityMonitoring"
          | "LogInspection"
          | "ApplicationControl"
        )[];
        /**
         * @maxItems 7
         */
        installs: (
          | "AntiMalware"
          | "WebReputation"
          | "Firewall"
          | "IntrusionPrevention"
          | "IntegrityMonitoring"
          | "LogInspection"
          | "ApplicationControl"
        )[];
        /**
         * @maxItems 7
         */
        losses: (
          | "AntiMalware"
          | "WebReputation"
          | "Firewall"
          | "IntrusionPrevention"
          | "IntegrityMonitoring"
          | "LogInspection"
          | "ApplicationControl"
        )[];
      };
    };
    /**
     * Ready sums up; Protected, ModulesInstalled, PolicyDelivered, LicenseCompliant and Healthy say what of; Reconciling, Stalled, PolicyConflict, ApplianceOptOutRefused, AgentUnsupported and AffinityIgnored are there only while True.
     *
     * @maxItems 16
     */
    conditions?: {
      type: string;
      status: "True" | "False" | "Unknown";
      observedGeneration?: number;
      /**
       * When status last changed.
       */
      lastTransitionTime: string;
      reason: string;
      message: string;
    }[];
    /**
     * Health as others report it, by server-side apply with their own field manager. Reports never change a source: they show in the condition Healthy.
     *
     * @maxItems 16
     */
    reports?: {
      /**
       * Whose health it is.
       */
      source: "Appliance" | "Agent";
      /**
       * The feature that it is about, or All.
       */
      feature:
        | "All"
        | "AntiMalware"
        | "WebReputation"
        | "Firewall"
        | "IntrusionPrevention"
        | "IntegrityMonitoring"
        | "LogInspection"
        | "ApplicationControl";
      /**
       * Error and Offline make Healthy False.
       */
      health: "Healthy" | "Warning" | "Error" | "Offline";
      message?: string;
      /**
       * When it was observed.
       */
      observedTime?: string;
    }[];
    /**
     * The last revision put into force, as who delivers policies reports it, by server-side apply with its own field manager.
     */
    delivered?: {
      /**
       * The status.revision that was delivered.
       */
      revision: string;
      /**
       * When it was delivered.
       */
      time?: string;
    };
  };
}
