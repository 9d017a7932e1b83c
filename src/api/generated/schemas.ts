// Generated from crds/ by scripts/generate.ts (`make generate`). Do not edit.
import type { CrdData, KindName } from "../crd.ts";

export const crds: Record<KindName, CrdData> = {
 "AffinityPolicy": {
  "resource": {
   "group": "tandem.dev",
   "version": "v1alpha1",
   "plural": "affinitypolicies",
   "kind": "AffinityPolicy",
   "namespaced": false
  },
  "schema": {
   "type": "object",
   "required": [
    "spec"
   ],
   "properties": {
    "apiVersion": {
     "type": "string"
    },
    "kind": {
     "type": "string"
    },
    "metadata": {
     "type": "object"
    },
    "spec": {
     "type": "object",
     "required": [
      "vmSelector"
     ],
     "properties": {
      "priority": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 1000,
       "default": 0
      },
      "vmSelector": {
       "type": "object",
       "x-kubernetes-map-type": "atomic",
       "properties": {
        "matchLabels": {
         "type": "object",
         "maxProperties": 32,
         "additionalProperties": {
          "type": "string",
          "maxLength": 63
         }
        },
        "matchExpressions": {
         "type": "array",
         "x-kubernetes-list-type": "atomic",
         "maxItems": 32,
         "items": {
          "type": "object",
          "required": [
           "key",
           "operator"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "self.operator in ['Exists', 'DoesNotExist'] || (has(self.values) && size(self.values) > 0)",
            "message": "operators In and NotIn need at least one value"
           },
           {
            "rule": "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
            "message": "operators Exists and DoesNotExist take no values"
           }
          ],
          "properties": {
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 317
           },
           "operator": {
            "type": "string",
            "enum": [
             "In",
             "NotIn",
             "Exists",
             "DoesNotExist"
            ]
           },
           "values": {
            "type": "array",
            "x-kubernetes-list-type": "atomic",
            "maxItems": 32,
            "items": {
             "type": "string",
             "maxLength": 63
            }
           }
          }
         }
        }
       }
      },
      "namespaceSelector": {
       "type": "object",
       "x-kubernetes-map-type": "atomic",
       "properties": {
        "matchLabels": {
         "type": "object",
         "maxProperties": 32,
         "additionalProperties": {
          "type": "string",
          "maxLength": 63
         }
        },
        "matchExpressions": {
         "type": "array",
         "x-kubernetes-list-type": "atomic",
         "maxItems": 32,
         "items": {
          "type": "object",
          "required": [
           "key",
           "operator"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "self.operator in ['Exists', 'DoesNotExist'] || (has(self.values) && size(self.values) > 0)",
            "message": "operators In and NotIn need at least one value"
           },
           {
            "rule": "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
            "message": "operators Exists and DoesNotExist take no values"
           }
          ],
          "properties": {
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 317
           },
           "operator": {
            "type": "string",
            "enum": [
             "In",
             "NotIn",
             "Exists",
             "DoesNotExist"
            ]
           },
           "values": {
            "type": "array",
            "x-kubernetes-list-type": "atomic",
            "maxItems": 32,
            "items": {
             "type": "string",
             "maxLength": 63
            }
           }
          }
         }
        }
       }
      },
      "affinity": {
       "type": "object",
       "properties": {
        "antiMalware": {
         "type": "string",
         "enum": [
          "AppliancePreferred",
          "AgentPreferred",
          "ApplianceOnly",
          "AgentOnly"
         ]
        },
        "network": {
         "type": "string",
         "enum": [
          "AppliancePreferred",
          "AgentPreferred",
          "ApplianceOnly",
          "AgentOnly"
         ]
        },
        "integrityMonitoring": {
         "type": "string",
         "enum": [
          "AppliancePreferred",
          "AgentPreferred",
          "ApplianceOnly",
          "AgentOnly"
         ]
        }
       }
      }
     }
    },
    "status": {
     "type": "object",
     "default": {
      "observedGeneration": -1
     },
     "properties": {
      "observedGeneration": {
       "type": "integer",
       "format": "int64",
       "default": -1
      },
      "vms": {
       "type": "object",
       "required": [
        "matched",
        "effective"
       ],
       "properties": {
        "matched": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        },
        "effective": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        }
       }
      },
      "conflicts": {
       "type": "object",
       "required": [
        "total",
        "sample"
       ],
       "properties": {
        "total": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        },
        "sample": {
         "type": "array",
         "x-kubernetes-list-type": "atomic",
         "maxItems": 20,
         "items": {
          "type": "object",
          "required": [
           "policy",
           "group",
           "vms"
          ],
          "properties": {
           "policy": {
            "type": "string",
            "maxLength": 253
           },
           "group": {
            "type": "string",
            "enum": [
             "antiMalware",
             "network",
             "integrityMonitoring"
            ]
           },
           "vms": {
            "type": "integer",
            "format": "int32",
            "minimum": 0
           }
          }
         }
        }
       }
      },
      "conditions": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 16,
       "items": {
        "type": "object",
        "required": [
         "type",
         "status",
         "lastTransitionTime",
         "reason",
         "message"
        ],
        "properties": {
         "type": {
          "type": "string",
          "maxLength": 63
         },
         "status": {
          "type": "string",
          "enum": [
           "True",
           "False",
           "Unknown"
          ]
         },
         "observedGeneration": {
          "type": "integer",
          "format": "int64"
         },
         "lastTransitionTime": {
          "type": "string",
          "format": "date-time",
          "maxLength": 64
         },
         "reason": {
          "type": "string",
          "maxLength": 63
         },
         "message": {
          "type": "string",
          "maxLength": 32768
         }
        }
       }
      }
     }
    }
   }
  },
  "columns": [
   {
    "name": "Priority",
    "type": "integer",
    "jsonPath": ".spec.priority",
    "priority": 0
   },
   {
    "name": "Anti-Malware",
    "type": "string",
    "jsonPath": ".spec.affinity.antiMalware",
    "priority": 0
   },
   {
    "name": "Network",
    "type": "string",
    "jsonPath": ".spec.affinity.network",
    "priority": 0
   },
   {
    "name": "Integrity",
    "type": "string",
    "jsonPath": ".spec.affinity.integrityMonitoring",
    "priority": 0
   },
   {
    "name": "Accepted",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
    "priority": 0
   },
   {
    "name": "Matched",
    "type": "integer",
    "jsonPath": ".status.vms.matched",
    "priority": 0
   },
   {
    "name": "Effective",
    "type": "integer",
    "jsonPath": ".status.vms.effective",
    "priority": 0
   },
   {
    "name": "Conflicts",
    "type": "integer",
    "jsonPath": ".status.conflicts.total",
    "priority": 0
   },
   {
    "name": "Reason",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].reason",
    "priority": 1
   },
   {
    "name": "Age",
    "type": "date",
    "jsonPath": ".metadata.creationTimestamp",
    "priority": 0
   }
  ]
 },
 "Appliance": {
  "resource": {
   "group": "tandem.dev",
   "version": "v1alpha1",
   "plural": "appliances",
   "kind": "Appliance",
   "namespaced": false
  },
  "schema": {
   "type": "object",
   "required": [
    "spec"
   ],
   "properties": {
    "apiVersion": {
     "type": "string"
    },
    "kind": {
     "type": "string"
    },
    "metadata": {
     "type": "object"
    },
    "spec": {
     "type": "object",
     "required": [
      "hostName"
     ],
     "properties": {
      "hostName": {
       "type": "string",
       "minLength": 1,
       "maxLength": 253,
       "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
      },
      "activation": {
       "type": "string",
       "enum": [
        "Activated",
        "Deactivated"
       ],
       "default": "Activated"
      },
      "version": {
       "type": "string",
       "minLength": 1,
       "maxLength": 79,
       "pattern": "^[0-9]{1,9}(\\.[0-9]{1,9}){0,7}$"
      },
      "services": {
       "type": "array",
       "x-kubernetes-list-type": "set",
       "maxItems": 2,
       "items": {
        "type": "string",
        "enum": [
         "GuestIntrospection",
         "NetworkIntrospection"
        ]
       }
      },
      "license": {
       "type": "object",
       "required": [
        "metric"
       ],
       "properties": {
        "metric": {
         "type": "string",
         "enum": [
          "PerCPU",
          "PerInstance"
         ]
        },
        "features": {
         "type": "array",
         "x-kubernetes-list-type": "set",
         "maxItems": 7,
         "items": {
          "type": "string",
          "enum": [
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         }
        }
       }
      }
     }
    },
    "status": {
     "type": "object",
     "default": {
      "observedGeneration": -1
     },
     "properties": {
      "observedGeneration": {
       "type": "integer",
       "format": "int64",
       "default": -1
      },
      "vms": {
       "type": "integer",
       "format": "int32",
       "minimum": 0
      },
      "features": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 7,
       "items": {
        "type": "object",
        "required": [
         "name",
         "vms"
        ],
        "properties": {
         "name": {
          "type": "string",
          "enum": [
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         },
         "vms": {
          "type": "integer",
          "format": "int32",
          "minimum": 0
         }
        }
       }
      },
      "protects": {
       "type": "integer",
       "format": "int32",
       "minimum": 0
      },
      "impact": {
       "type": "object",
       "required": [
        "vms",
        "moves",
        "installs",
        "losses"
       ],
       "properties": {
        "vms": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        },
        "moves": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        },
        "installs": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        },
        "losses": {
         "type": "integer",
         "format": "int32",
         "minimum": 0
        }
       }
      },
      "conditions": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 16,
       "items": {
        "type": "object",
        "required": [
         "type",
         "status",
         "lastTransitionTime",
         "reason",
         "message"
        ],
        "properties": {
         "type": {
          "type": "string",
          "maxLength": 63
         },
         "status": {
          "type": "string",
          "enum": [
           "True",
           "False",
           "Unknown"
          ]
         },
         "observedGeneration": {
          "type": "integer",
          "format": "int64"
         },
         "lastTransitionTime": {
          "type": "string",
          "format": "date-time",
          "maxLength": 64
         },
         "reason": {
          "type": "string",
          "maxLength": 63
         },
         "message": {
          "type": "string",
          "maxLength": 32768
         }
        }
       }
      }
     }
    }
   }
  },
  "columns": [
   {
    "name": "Host",
    "type": "string",
    "jsonPath": ".spec.hostName",
    "priority": 0
   },
   {
    "name": "Activation",
    "type": "string",
    "jsonPath": ".spec.activation",
    "priority": 0
   },
   {
    "name": "Accepted",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
    "priority": 0
   },
   {
    "name": "VMs",
    "type": "integer",
    "jsonPath": ".status.vms",
    "priority": 0
   },
   {
    "name": "Protects",
    "type": "integer",
    "jsonPath": ".status.protects",
    "priority": 0
   },
   {
    "name": "Losses",
    "type": "integer",
    "jsonPath": ".status.impact.losses",
    "priority": 0
   },
   {
    "name": "Version",
    "type": "string",
    "jsonPath": ".spec.version",
    "priority": 1
   },
   {
    "name": "Moves",
    "type": "integer",
    "jsonPath": ".status.impact.moves",
    "priority": 1
   },
   {
    "name": "Installs",
    "type": "integer",
    "jsonPath": ".status.impact.installs",
    "priority": 1
   },
   {
    "name": "Reason",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].reason",
    "priority": 1
   },
   {
    "name": "Age",
    "type": "date",
    "jsonPath": ".metadata.creationTimestamp",
    "priority": 0
   }
  ]
 },
 "ProtectedVM": {
  "resource": {
   "group": "tandem.dev",
   "version": "v1alpha1",
   "plural": "protectedvms",
   "kind": "ProtectedVM",
   "namespaced": true
  },
  "schema": {
   "type": "object",
   "required": [
    "spec"
   ],
   "properties": {
    "apiVersion": {
     "type": "string"
    },
    "kind": {
     "type": "string"
    },
    "metadata": {
     "type": "object"
    },
    "spec": {
     "type": "object",
     "required": [
      "guestOS",
      "features"
     ],
     "properties": {
      "hostName": {
       "type": "string",
       "minLength": 1,
       "maxLength": 253,
       "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
      },
      "guestOS": {
       "type": "string",
       "enum": [
        "Windows",
        "Linux",
        "Other"
       ]
      },
      "features": {
       "type": "array",
       "x-kubernetes-list-type": "set",
       "minItems": 1,
       "maxItems": 7,
       "items": {
        "type": "string",
        "enum": [
         "AntiMalware",
         "WebReputation",
         "Firewall",
         "IntrusionPrevention",
         "IntegrityMonitoring",
         "LogInspection",
         "ApplicationControl"
        ]
       }
      },
      "agent": {
       "type": "object",
       "required": [
        "state"
       ],
       "properties": {
        "state": {
         "type": "string",
         "enum": [
          "NotInstalled",
          "Deactivated",
          "Activated"
         ]
        },
        "version": {
         "type": "string",
         "minLength": 1,
         "maxLength": 79,
         "pattern": "^[0-9]{1,9}(\\.[0-9]{1,9}){0,7}$"
        },
        "modules": {
         "type": "array",
         "x-kubernetes-list-type": "set",
         "maxItems": 7,
         "items": {
          "type": "string",
          "enum": [
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         }
        },
        "licensedFeatures": {
         "type": "array",
         "x-kubernetes-list-type": "set",
         "maxItems": 7,
         "items": {
          "type": "string",
          "enum": [
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         }
        }
       }
      },
      "affinity": {
       "type": "object",
       "properties": {
        "antiMalware": {
         "type": "string",
         "enum": [
          "AppliancePreferred",
          "AgentPreferred",
          "ApplianceOnly",
          "AgentOnly"
         ]
        },
        "network": {
         "type": "string",
         "enum": [
          "AppliancePreferred",
          "AgentPreferred",
          "ApplianceOnly",
          "AgentOnly"
         ]
        },
        "integrityMonitoring": {
         "type": "string",
         "enum": [
          "AppliancePreferred",
          "AgentPreferred",
          "ApplianceOnly",
          "AgentOnly"
         ]
        }
       }
      },
      "applianceProtection": {
       "type": "string",
       "enum": [
        "Enabled",
        "Disabled"
       ]
      }
     }
    },
    "status": {
     "type": "object",
     "default": {
      "observedGeneration": -1
     },
     "properties": {
      "observedGeneration": {
       "type": "integer",
       "format": "int64",
       "default": -1
      },
      "mode": {
       "type": "string",
       "enum": [
        "Combined",
        "Agentless",
        "AgentBased",
        "Unprotected"
       ]
      },
      "coverage": {
       "type": "string",
       "maxLength": 3
      },
      "appliance": {
       "type": "string",
       "maxLength": 253
      },
      "features": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 7,
       "items": {
        "type": "object",
        "required": [
         "name",
         "affinity",
         "decidedBy",
         "source",
         "state",
         "reason",
         "message",
         "lastTransitionTime"
        ],
        "properties": {
         "name": {
          "type": "string",
          "enum": [
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         },
         "affinity": {
          "type": "string",
          "enum": [
           "AppliancePreferred",
           "AgentPreferred",
           "ApplianceOnly",
           "AgentOnly"
          ]
         },
         "decidedBy": {
          "type": "string",
          "maxLength": 260
         },
         "source": {
          "type": "string",
          "enum": [
           "Appliance",
           "Agent",
           "None"
          ]
         },
         "state": {
          "type": "string",
          "enum": [
           "Active",
           "InstallPending",
           "Unprotected"
          ]
         },
         "reason": {
          "type": "string",
          "enum": [
           "Preferred",
           "Fallback",
           "NoFallback",
           "NoSource"
          ]
         },
         "message": {
          "type": "string",
          "maxLength": 2048
         },
         "lastTransitionTime": {
          "type": "string",
          "format": "date-time",
          "maxLength": 64
         }
        }
       }
      },
      "requiredModules": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 7,
       "items": {
        "type": "string",
        "enum": [
         "AntiMalware",
         "WebReputation",
         "Firewall",
         "IntrusionPrevention",
         "IntegrityMonitoring",
         "LogInspection",
         "ApplicationControl"
        ]
       }
      },
      "actions": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 8,
       "items": {
        "type": "object",
        "required": [
         "type"
        ],
        "properties": {
         "type": {
          "type": "string",
          "enum": [
           "InstallModule",
           "DeliverPolicy"
          ]
         },
         "module": {
          "type": "string",
          "enum": [
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         }
        }
       }
      },
      "revision": {
       "type": "string",
       "maxLength": 8
      },
      "forecast": {
       "type": "object",
       "x-kubernetes-map-type": "atomic",
       "properties": {
        "agentDeactivated": {
         "type": "object",
         "x-kubernetes-map-type": "atomic",
         "required": [
          "moves",
          "losses"
         ],
         "properties": {
          "moves": {
           "type": "array",
           "x-kubernetes-list-type": "atomic",
           "maxItems": 7,
           "items": {
            "type": "string",
            "enum": [
             "AntiMalware",
             "WebReputation",
             "Firewall",
             "IntrusionPrevention",
             "IntegrityMonitoring",
             "LogInspection",
             "ApplicationControl"
            ]
           }
          },
          "losses": {
           "type": "array",
           "x-kubernetes-list-type": "atomic",
           "maxItems": 7,
           "items": {
            "type": "string",
            "enum": [
             "AntiMalware",
             "WebReputation",
             "Firewall",
             "IntrusionPrevention",
             "IntegrityMonitoring",
             "LogInspection",
             "ApplicationControl"
            ]
           }
          }
         }
        },
        "applianceDeactivated": {
         "type": "object",
         "x-kubernetes-map-type": "atomic",
         "required": [
          "moves",
          "installs",
          "losses"
         ],
         "properties": {
          "moves": {
           "type": "array",
           "x-kubernetes-list-type": "atomic",
           "maxItems": 7,
           "items": {
            "type": "string",
            "enum": [
             "AntiMalware",
             "WebReputation",
             "Firewall",
             "IntrusionPrevention",
             "IntegrityMonitoring",
             "LogInspection",
             "ApplicationControl"
            ]
           }
          },
          "installs": {
           "type": "array",
           "x-kubernetes-list-type": "atomic",
           "maxItems": 7,
           "items": {
            "type": "string",
            "enum": [
             "AntiMalware",
             "WebReputation",
             "Firewall",
             "IntrusionPrevention",
             "IntegrityMonitoring",
             "LogInspection",
             "ApplicationControl"
            ]
           }
          },
          "losses": {
           "type": "array",
           "x-kubernetes-list-type": "atomic",
           "maxItems": 7,
           "items": {
            "type": "string",
            "enum": [
             "AntiMalware",
             "WebReputation",
             "Firewall",
             "IntrusionPrevention",
             "IntegrityMonitoring",
             "LogInspection",
             "ApplicationControl"
            ]
           }
          }
         }
        }
       }
      },
      "conditions": {
       "type": "array",
       "x-kubernetes-list-type": "atomic",
       "maxItems": 16,
       "items": {
        "type": "object",
        "required": [
         "type",
         "status",
         "lastTransitionTime",
         "reason",
         "message"
        ],
        "properties": {
         "type": {
          "type": "string",
          "maxLength": 63
         },
         "status": {
          "type": "string",
          "enum": [
           "True",
           "False",
           "Unknown"
          ]
         },
         "observedGeneration": {
          "type": "integer",
          "format": "int64"
         },
         "lastTransitionTime": {
          "type": "string",
          "format": "date-time",
          "maxLength": 64
         },
         "reason": {
          "type": "string",
          "maxLength": 63
         },
         "message": {
          "type": "string",
          "maxLength": 32768
         }
        }
       }
      },
      "reports": {
       "type": "array",
       "x-kubernetes-list-type": "map",
       "x-kubernetes-list-map-keys": [
        "source",
        "feature"
       ],
       "maxItems": 16,
       "items": {
        "type": "object",
        "required": [
         "source",
         "feature",
         "health"
        ],
        "properties": {
         "source": {
          "type": "string",
          "enum": [
           "Appliance",
           "Agent"
          ]
         },
         "feature": {
          "type": "string",
          "enum": [
           "All",
           "AntiMalware",
           "WebReputation",
           "Firewall",
           "IntrusionPrevention",
           "IntegrityMonitoring",
           "LogInspection",
           "ApplicationControl"
          ]
         },
         "health": {
          "type": "string",
          "enum": [
           "Healthy",
           "Warning",
           "Error",
           "Offline"
          ]
         },
         "message": {
          "type": "string",
          "maxLength": 1024
         },
         "observedTime": {
          "type": "string",
          "format": "date-time",
          "maxLength": 64
         }
        }
       }
      },
      "delivered": {
       "type": "object",
       "x-kubernetes-map-type": "atomic",
       "required": [
        "revision"
       ],
       "properties": {
        "revision": {
         "type": "string",
         "minLength": 1,
         "maxLength": 64
        },
        "time": {
         "type": "string",
         "format": "date-time",
         "maxLength": 64
        }
       }
      }
     }
    }
   }
  },
  "columns": [
   {
    "name": "Mode",
    "type": "string",
    "jsonPath": ".status.mode",
    "priority": 0
   },
   {
    "name": "Coverage",
    "type": "string",
    "jsonPath": ".status.coverage",
    "priority": 0
   },
   {
    "name": "Ready",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status",
    "priority": 0
   },
   {
    "name": "Reason",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Ready\")].reason",
    "priority": 0
   },
   {
    "name": "Healthy",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"Healthy\")].status",
    "priority": 0
   },
   {
    "name": "Host",
    "type": "string",
    "jsonPath": ".spec.hostName",
    "priority": 1
   },
   {
    "name": "Appliance",
    "type": "string",
    "jsonPath": ".status.appliance",
    "priority": 1
   },
   {
    "name": "Agent",
    "type": "string",
    "jsonPath": ".spec.agent.state",
    "priority": 1
   },
   {
    "name": "Modules",
    "type": "string",
    "jsonPath": ".status.requiredModules",
    "priority": 1
   },
   {
    "name": "Licence",
    "type": "string",
    "jsonPath": ".status.conditions[?(@.type==\"LicenseCompliant\")].status",
    "priority": 1
   },
   {
    "name": "Age",
    "type": "date",
    "jsonPath": ".metadata.creationTimestamp",
    "priority": 0
   }
  ]
 }
};
