{{/* The keys of the handler's Secret besides the username: passwords, and the variables with an empty value in handler.yaml that extraEnv does not replace. */}}
{{- define "handler.secretKeys" -}}
{{- $keys := list "password" -}}
{{- if .Values.database }}{{ $keys = concat $keys (list "database-password" "scaler-password") }}{{ end -}}
{{- $replaced := include "handler.replacedVariables" . | fromJsonArray -}}
{{- range $name, $value := .Values.env -}}
{{- if and (eq $value "") (not (has $name $replaced)) }}{{ $keys = append $keys $name }}{{ end -}}
{{- end -}}
{{ toJson $keys }}
{{- end }}

{{/* Fails with a sentence that starts with `named` when the Secret `name` does not exist or lacks one of `keys`. */}}
{{- define "handler.refuseMissingSecret" -}}
{{- $namespace := .root.Release.Namespace -}}
{{- $secret := lookup "v1" "Secret" $namespace .name -}}
{{- if not $secret -}}
{{- fail (printf "%s: there is no Secret %s in the namespace %s: create it with the keys %s" .named .name $namespace (join ", " .keys)) -}}
{{- end -}}
{{- range $key := .keys -}}
{{- if not (hasKey ($secret.data | default dict) $key) -}}
{{- fail (printf "%s: the Secret %s has no key %s" $.named $.name $key) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Fails with a sentence when the topology operator would not see the handler's own Secret, or would create another user from it. */}}
{{- define "handler.refuseUnusableCredentials" -}}
{{- $namespace := .Release.Namespace -}}
{{- $name := include "handler.credentials" . -}}
{{- $secret := lookup "v1" "Secret" $namespace $name -}}
{{- if ne (get ($secret.metadata.labels | default dict) "rabbitmq.com/topology-operator") "true" -}}
{{- fail (printf "credentials: the topology operator ignores the Secret %s because it lacks a label; add it: kubectl -n %s label --overwrite secret %s rabbitmq.com/topology-operator=true" $name $namespace $name) -}}
{{- end -}}
{{- $username := $secret.data.username | b64dec -}}
{{- if ne $username .Release.Name -}}
{{- fail (printf "credentials: the username in the Secret %s must be the handler's name, %s (got %q): change it there, or name another Secret" $name .Release.Name $username) -}}
{{- end -}}
{{- end }}
